public import Twin
public import Wire

/// The rows of one athlete within a message, all fed by the same sensors.
public struct RecordBlock: Hashable, Sendable {
    public var athlete: String
    public var session: UUID?
    /// Oldest first, at least one.
    public var rows: [Row]

    public init(athlete: String, session: UUID?, rows: [Row]) {
        (self.athlete, self.session, self.rows) = (athlete, session, rows)
    }
}

/// A batch of rows in its packed form, the body of a `record` message.
///
/// Layout, version 1. `u` is an unsigned and `s` a signed LEB128 integer, `text` a length and UTF-8.
///
///     u8 version, then blocks to the end:
///       text athlete, u8 has session [, 16 bytes session, high half first]
///       u8 groups with a sensor, each: u sensor id
///       u rows, each:
///         u age of the row against the message, in seconds of the grid
///         u metrics present, each: s value · 10^decimals
///         u beats [, u artefact mask, each: s interval − previous, 1/10 ms, first against 0]
///         u8 groups with a quality, each: u8 share, 1/100
///         u metrics older than 1 s, each: u age, 1/10 s
///
/// Values are stored with the decimals that messages show, so that a message has the same bytes whenever
/// it is written.
public enum RecordBody {
    static let version: UInt8 = 1
    /// Rows of one block, blocks of one message: far above what one commit can hold.
    private static let countMaximum = 1 << 20

    /// Packs `blocks`. `time` is the message's own: the newest row.
    ///
    /// - Precondition: No row is newer than `time`.
    public static func pack(_ blocks: [RecordBlock], time: Instant) -> [UInt8] {
        var writer = PackedWriter()
        writer.byte(version)
        for block in blocks { pack(block, time: time, into: &writer) }
        return writer.bytes
    }

    private static func pack(_ block: RecordBlock, time: Instant, into writer: inout PackedWriter) {
        writer.text(block.athlete)
        writer.byte(block.session == nil ? 0 : 1)
        if let session = block.session {
            for half in [session.high, session.low] {
                for shift in stride(from: 56, through: 0, by: -8) {
                    writer.byte(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
                }
            }
        }
        let sensors = MetricGroup.allCases.map { block.rows[0].sensor(of: $0) }
        writer.byte(mask(sensors.map { $0 != nil }))
        for case .some(let sensor) in sensors { writer.unsigned(sensor.rawValue) }
        writer.unsigned(UInt64(block.rows.count))
        for row in block.rows { pack(row, time: time, into: &writer) }
    }

    private static func pack(_ row: Row, time: Instant, into writer: inout PackedWriter) {
        precondition(row.time <= time, "A row is newer than its message.")
        writer.unsigned(UInt64((time - row.time) / .second))

        var present: UInt64 = 0
        var old: UInt64 = 0
        for metric in Metric.allCases where row.isPresent(metric) {
            present |= 1 << UInt64(metric.rawValue)
            if row.tenthsOfAge(metric) > 10 { old |= 1 << UInt64(metric.rawValue) }
        }
        writer.unsigned(present)
        for metric in Metric.allCases where row.isPresent(metric) { writer.signed(row.scaled(metric)!) }

        writer.unsigned(UInt64(row.beats.count))
        if !row.beats.isEmpty {
            writer.unsigned(
                (0..<row.beats.count).reduce(0) { $0 | (row.beats.isArtefact($1) ? 1 << UInt64($1) : 0) }
            )
            var previous: Int64 = 0
            for index in 0..<row.beats.count {
                let interval = Int64(row.beats[index])
                writer.signed(interval - previous)
                previous = interval
            }
        }

        let qualities = MetricGroup.allCases.map { row.quality(of: $0) }
        writer.byte(mask(qualities.map { $0 != nil }))
        for case .some(let share) in qualities { writer.byte(UInt8(min(max(share * 100, 0), 100).rounded())) }

        writer.unsigned(old)
        for metric in Metric.allCases where old & 1 << UInt64(metric.rawValue) != 0 {
            writer.unsigned(UInt64(row.tenthsOfAge(metric)))
        }
    }

    /// Reads the packed form back. Rows come back with the values that messages show.
    ///
    /// - Throws: ``BodyFailure`` when the bytes are not a body of a known version.
    public static func unpack(_ body: [UInt8], time: Instant) throws(BodyFailure) -> [RecordBlock] {
        var reader = PackedReader(body)
        let found = try reader.byte()
        guard found == version else { throw .unknownVersion(found) }
        var blocks: [RecordBlock] = []
        while !reader.isAtEnd { blocks.append(try block(from: &reader, time: time)) }
        return blocks
    }

    private static func block(
        from reader: inout PackedReader,
        time: Instant
    ) throws(BodyFailure) -> RecordBlock {
        let athlete = try reader.text()
        var session: UUID?
        if try reader.byte() == 1 {
            var halves: [UInt64] = [0, 0]
            for index in 0..<16 { halves[index / 8] = halves[index / 8] << 8 | UInt64(try reader.byte()) }
            session = UUID(high: halves[0], low: halves[1])
        }
        var sensors: [(MetricGroup, SensorID)] = []
        let groups = try reader.byte()
        for group in MetricGroup.allCases where groups & 1 << group.rawValue != 0 {
            sensors.append((group, SensorID(rawValue: try reader.unsigned())))
        }
        let count = try reader.count(atMost: countMaximum)
        guard count > 0 else { throw reader.failure }
        var rows: [Row] = []
        for _ in 0..<count {
            var row = try row(from: &reader, time: time)
            for (group, sensor) in sensors { row.setSensor(sensor, of: group) }
            rows.append(row)
        }
        return RecordBlock(athlete: athlete, session: session, rows: rows)
    }

    private static func row(from reader: inout PackedReader, time: Instant) throws(BodyFailure) -> Row {
        let age = Int64(try reader.count(atMost: countMaximum))
        let (nanoseconds, isBefore) = time.nanoseconds.subtractingReportingOverflow(age * .second)
        guard !isBefore else { throw reader.failure }
        var row = Row(time: Instant(nanoseconds: nanoseconds))

        let present = try reader.unsigned()
        for metric in Metric.allCases where present & 1 << UInt64(metric.rawValue) != 0 {
            row.setScaled(try reader.signed(), for: metric)
        }

        let beats = try reader.count(atMost: Beats.capacity)
        if beats > 0 {
            let artefacts = try reader.unsigned()
            var interval: Int64 = 0
            for index in 0..<beats {
                let (next, overflow) = interval.addingReportingOverflow(try reader.signed())
                guard !overflow, let tenths = UInt16(exactly: next) else { throw reader.failure }
                row.beats.append(tenths: tenths, isArtefact: artefacts & 1 << UInt64(index) != 0)
                interval = next
            }
        }

        let qualities = try reader.byte()
        for group in MetricGroup.allCases where qualities & 1 << group.rawValue != 0 {
            row.setQuality(Float(try reader.byte()) / 100, of: group)
        }
        let old = try reader.unsigned()
        for metric in Metric.allCases where old & 1 << UInt64(metric.rawValue) != 0 {
            row.setAge(Float(try reader.count(atMost: countMaximum)) / 10, of: metric)
        }
        return row
    }

    private static func mask(_ flags: [Bool]) -> UInt8 {
        flags.enumerated().reduce(0) { $0 | ($1.element ? 1 << $1.offset : 0) }
    }
}

extension Row {
    /// A metric as messages show it: its value times 10^decimals, halves away from zero.
    func scaled(_ metric: Metric) -> Int64? {
        guard let value = self[metric] else { return nil }
        let scaled = (value * powersOfTen[metric.decimals]).rounded(.toNearestOrAwayFromZero)
        return Int64(min(max(scaled, -9e15), 9e15))
    }

    mutating func setScaled(_ scaled: Int64, for metric: Metric) {
        self[metric] = Double(scaled) / powersOfTen[metric.decimals]
    }

    /// The age of a metric in 1/10 s, as messages show it.
    func tenthsOfAge(_ metric: Metric) -> Int {
        Int(min(max((age(of: metric) * 10).rounded(.toNearestOrAwayFromZero), 0), 1_000_000))
    }
}

private let powersOfTen: [Double] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]
