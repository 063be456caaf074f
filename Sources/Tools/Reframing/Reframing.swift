public import ActivityFile
public import CaptureFile
internal import Messages
internal import Simulation
public import Wire

/// Which radios a reframed capture uses.
public enum ReframedRadio: String, CaseIterable, Hashable, Sendable {
    case ant, ble, both
}

/// Turns the intervals of a recorded run into what a strap would have sent: ANT+ heart-rate pages, values
/// of 2A37, or both. Beat statistics are real, framing and timing of messages are synthetic, and the
/// header says so.
///
/// Beats are placed by summing intervals from 0, in 1/1024 s, rounded from the sum so that nothing drifts.
/// Pages come every 8070/32768 s, values every second; each tells of the beats up to its time.
public struct Reframing: Hashable, Sendable {
    public static let strap = SensorID.ant(number: 54321, type: HeartRatePageEncoder.deviceType)
    public static let peripheral = SensorID.ble(address: 0xC0FF_EE00_0001)

    /// The time of each beat, 1/1024 s.
    private let beats: [UInt64]
    public let header: CaptureHeader
    private let radio: ReframedRadio

    /// - Parameters:
    ///   - activity: A run with intervals.
    ///   - name: The name of its file, for the header's note.
    ///   - radio: Which radios to write.
    public init(_ activity: ActivityFile, name: String, radio: ReframedRadio) {
        var milliseconds: UInt64 = 0
        beats = activity.intervals.map { interval in
            milliseconds += UInt64(interval)
            return (milliseconds * 1024 + 500) / 1000
        }
        self.radio = radio
        var sources = SourceTable()
        if radio != .ble { sources.add(SourceTable.Source(name: "ant0")) }
        if radio != .ant { sources.add(SourceTable.Source(name: "hci0")) }
        // FIT counts seconds from 1989-12-31T00:00:00Z.
        let start = activity.records.lazy.compactMap(\.time).first
        header = CaptureHeader(
            gateway: "reframed",
            boot: BootID(high: 0, low: 0),
            time: Instant(nanoseconds: 0),
            realtime: start.map { (Int64($0) + 631_065_600) * .second },
            clock: .unverified,
            sources: sources,
            note: "synthetic framing around real intervals of \(name)"
        )
    }

    /// Hands all frames to `body` in the order of their times.
    public func forEachFrame<Failure: Error>(_ body: (Frame) throws(Failure) -> Void) throws(Failure) {
        var pages = PageStream(beats: beats, source: header.sources.index(of: "ant0"))
        var values = ValueStream(beats: beats, source: header.sources.index(of: "hci0"))
        var page = pages.next()
        var value = values.next()
        while true {
            if let frame = page, frame.time <= value?.time ?? frame.time {
                try body(frame)
                page = pages.next()
            } else if let frame = value {
                try body(frame)
                value = values.next()
            } else {
                return
            }
        }
    }
}

/// Beats per minute from the newest intervals, at most five; 0 before the first.
private func rate(of beats: ArraySlice<UInt64>) -> UInt8 {
    let newest = beats.suffix(6)
    guard let first = newest.first, let last = newest.last, last > first else { return 0 }
    let perMinute = Double(newest.count - 1) * 60 * 1024 / Double(last - first)
    return UInt8(min(perMinute.rounded(), 255))
}

/// The pages of an ANT+ strap, until all beats are told.
private struct PageStream {
    let beats: [UInt64]
    /// `nil`: there are none.
    let source: SourceIndex?
    private var encoder = HeartRatePageEncoder()
    private var told = 0
    private var index: Int64 = 1
    private var isOver = false

    init(beats: [UInt64], source: SourceIndex?) { (self.beats, self.source) = (beats, source) }

    mutating func next() -> Frame? {
        guard let source, !isOver else { return nil }
        let ticks = index * Int64(HeartRatePageEncoder.channelPeriod)  // 1/32768 s
        index += 1
        while told < beats.count, beats[told] * 32 <= UInt64(ticks) {
            encoder.beat(atTicks1024: beats[told])
            told += 1
        }
        isOver = told == beats.count
        return Frame(
            time: Instant(nanoseconds: ticks * .second / 32768),
            source: source,
            sensor: Reframing.strap,
            channel: .antPage,
            payload: encoder.page(
                heartRate: rate(of: beats[..<told]),
                operatingSeconds: UInt64(ticks / 32768)
            )
        )
    }
}

/// The notifications of a BLE strap, until all intervals are told.
private struct ValueStream {
    let beats: [UInt64]
    /// `nil`: there are none.
    let source: SourceIndex?
    private var encoder = HeartRateMeasurementEncoder(contact: true)
    private var told = 0
    private var second: Int64 = 1
    private var isOver = false

    init(beats: [UInt64], source: SourceIndex?) { (self.beats, self.source) = (beats, source) }

    mutating func next() -> Frame? {
        guard let source, !isOver else { return nil }
        let time = second
        second += 1
        while told < beats.count, beats[told] <= UInt64(time) * 1024 {
            let previous = told > 0 ? beats[told - 1] : 0
            encoder.beat(interval: UInt16(clamping: beats[told] - previous))
            told += 1
        }
        let payload = encoder.value(heartRate: rate(of: beats[..<told]))
        isOver = told == beats.count && encoder.pending.isEmpty
        return Frame(
            time: Instant(nanoseconds: time * .second),
            source: source,
            sensor: Reframing.peripheral,
            channel: .characteristic(HeartRateMeasurementEncoder.characteristic),
            payload: payload
        )
    }
}
