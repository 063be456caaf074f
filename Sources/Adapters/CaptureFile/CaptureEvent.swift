public import Messages
public import Wire

/// One line of a capture.
public enum CaptureEvent: Hashable, Sendable {
    case frame(Frame)
    case transfer(Transfer)
    case control(Control, at: Instant)
    case reading(APIReading)

    /// When it happened, on the capture's monotonic clock.
    public var time: Instant {
        switch self {
        case .frame(let frame): frame.time
        case .transfer(let transfer): transfer.time
        case .control(_, let time): time
        case .reading(let reading): reading.time
        }
    }
}

/// One USB bulk transfer of an ANT stick. Longer ones arrive as several, because a stick sends a stream.
public struct Transfer: Hashable, Sendable {
    public enum Direction: String, Hashable, Sendable {
        /// From the stick.
        case received = "rx"
        /// To the stick.
        case sent = "tx"
    }

    public var time: Instant
    public var source: SourceIndex
    public var direction: Direction
    public var payload: Payload

    public init(time: Instant, source: SourceIndex, direction: Direction, payload: Payload) {
        (self.time, self.source, self.direction, self.payload) = (time, source, direction, payload)
    }
}

/// What an operator or the clock did while the capture ran.
public enum Control: Hashable, Sendable {
    /// Without an id the replay makes one from gateway and time.
    case sessionStart(UUID?)
    case sessionMark(UUID?, label: String?)
    case sessionStop(UUID?)
    /// `athlete`: `nil` ends the assignment. `from`, `to`: for a past interval, on the capture's clock.
    case assign(sensor: String, athlete: String?, from: Instant?, to: Instant?)
    /// UTC became known: `utc` at the time of the line, `error` in nanoseconds where a bound is known.
    case clock(utc: Nanoseconds, error: Nanoseconds?, source: Anchor.Source)
}

/// One reading that a client sent.
public struct APIReading: Hashable, Sendable {
    public var time: Instant
    public var source: SourceIndex
    /// `api:<token name or local>:<athlete>`.
    public var sensor: String
    /// The object as it was sent.
    public var json: [UInt8]

    public init(time: Instant, source: SourceIndex, sensor: String, json: [UInt8]) {
        (self.time, self.source, self.sensor, self.json) = (time, source, sensor, json)
    }
}

extension Anchor.Source {
    /// Every source, to find one by its name.
    static let named: [Anchor.Source] = [.kernel, .operator, .upstream, .assumed, .interpolated]
}
