internal import JSON
public import Twin
public import Wire

/// Writes messages as the contract, sections 2 and 3, shows them.
///
/// The bytes follow from the stored message alone, so a resent message is byte-identical.
public struct MessageWriter {
    private var json = JSONWriter()

    public init() {}

    /// The bytes of a durable message.
    ///
    /// - Throws: ``BodyFailure`` when its body cannot be read.
    /// - Precondition: The message has an anchor; messages without one wait.
    public mutating func write(_ message: StoredMessage) throws(BodyFailure) -> [UInt8] {
        json.reset()
        json.beginObject()
        switch message.kind {
        case .record:
            let blocks = try RecordBody.unpack(message.body, time: message.time)
            writeHead("touchline.record/1", of: message)
            writeClock(message.anchor!)
            json.array("athletes") { json in
                for block in blocks { json.write(block, anchor: message.anchor!) }
            }
        case .event:
            let (type, members) = try EventBody.unpack(message.body)
            writeHead("touchline.event/1", of: message)
            json.member("timestamp", Timestamp.text(message.anchor!.utc(at: message.time)))
            writeClock(message.anchor!)
            json.member("type", type)
            if !members.isEmpty { json.raw(members) }
        case .withdrawn:
            guard let reason = message.body.first.flatMap(WithdrawalReason.init) else {
                throw .malformed(at: 0)
            }
            json.member("schema", "touchline.withdrawn/1")
            json.member("stream", message.identity.stream.description)
            json.member("seq", message.seq)
            json.member("to_seq", message.seq + (message.lastPosition - message.position))
            json.member("reason", reason.name)
        }
        json.endObject()
        return json.bytes
    }

    /// The newest row of an athlete for the `live` topic.
    public mutating func writeLive(
        _ row: Row,
        of athlete: String,
        session: UUID?,
        gateway: String,
        anchor: Anchor
    ) -> [UInt8] {
        json.reset()
        json.beginObject()
        json.member("schema", "touchline.live/1")
        json.member("gateway", gateway)
        json.member("athlete_id", athlete)
        if let session { json.member("session_id", session.description) }
        writeClock(anchor)
        json.writeSensors(of: row)
        json.writeMembers(of: row, anchor: anchor)
        json.endObject()
        return json.bytes
    }

    /// How many bytes a block takes within a message, to cut messages that would grow too large.
    public mutating func size(of block: RecordBlock, anchor: Anchor) -> Int {
        json.reset()
        json.write(block, anchor: anchor)
        return json.bytes.count
    }

    private mutating func writeHead(_ schema: String, of message: StoredMessage) {
        json.member("schema", schema)
        json.member("gateway", message.identity.gateway)
        json.member("stream", message.identity.stream.description)
        json.member("seq", message.seq)
    }

    private mutating func writeClock(_ anchor: Anchor) {
        json.member("clock", anchor.clock.rawValue)
        if anchor.clock == .estimated, let error = anchor.error {
            // Rounded up: a bound must hold.
            let part: Nanoseconds = error % .millisecond > 0 ? 1 : 0
            json.member("clock_error_ms", error / .millisecond + part)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ block: RecordBlock, anchor: Anchor) {
        beginObject()
        member("athlete_id", block.athlete)
        if let session = block.session { member("session_id", session.description) }
        if let first = block.rows.first { writeSensors(of: first) }
        array("rows") { json in
            for row in block.rows {
                json.beginObject()
                json.writeMembers(of: row, anchor: anchor)
                json.endObject()
            }
        }
        endObject()
    }

    fileprivate mutating func writeSensors(of row: Row) {
        object("sensors") { json in
            for group in MetricGroup.allCases {
                if let sensor = row.sensor(of: group) { json.member(group.sensorKey, sensor.description) }
            }
        }
    }

    /// The members of a row in the order of the contract, section 2.
    fileprivate mutating func writeMembers(of row: Row, anchor: Anchor) {
        member("timestamp", Timestamp.text(anchor.utc(at: row.time)))
        for metric in Metric.allCases {
            if let scaled = row.scaled(metric) {
                key(metric.name)
                number(scaled: scaled, decimals: metric.decimals)
            }
            if metric == .heartRate { write(row.beats) }
        }
        if MetricGroup.allCases.contains(where: { row.quality(of: $0) != nil }) {
            object("quality") { json in
                for group in MetricGroup.allCases {
                    guard let share = row.quality(of: group) else { continue }
                    json.member(group.name, Double(share), decimals: 2)
                }
            }
        }
        if Metric.allCases.contains(where: { row.isPresent($0) && row.tenthsOfAge($0) > 10 }) {
            object("age") { json in
                for metric in Metric.allCases where row.isPresent(metric) && row.tenthsOfAge(metric) > 10 {
                    json.key(metric.name)
                    json.number(scaled: Int64(row.tenthsOfAge(metric)), decimals: 1)
                }
            }
        }
    }

    private mutating func write(_ beats: Beats) {
        guard !beats.isEmpty else { return }
        array("rr_ms") { json in
            for index in 0..<beats.count { json.number(scaled: Int64(beats[index]), decimals: 1) }
        }
        guard beats.hasArtefacts else { return }
        array("rr_artifacts") { json in
            for index in 0..<beats.count where beats.isArtefact(index) { json.integer(index) }
        }
    }
}
