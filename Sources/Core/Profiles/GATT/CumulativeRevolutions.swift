import Units
import Wire

/// How often a wheel or a crank has turned, and when it did last, as cycling sensors send it.
public struct RevolutionData: Hashable, Sendable {
    /// Turns since the sensor started; wraps.
    public let revolutions: UInt32
    /// When the last one ended, in the clock of the sensor; wraps.
    public let eventTime: UInt16
}

/// Follows ``RevolutionData`` through its wraps. The total never falls.
///
///     rate = 60 · Δrevolutions / ΔeventTime       turns/min
///
/// Turns faster than `fastest`, with two seconds of slack, are none: the sensor started again, and counting
/// resumes there. A rate needs an event time that cannot have wrapped since the last turn:
///
///     elapsed ≤ time since the last turn + 4 s,  which is less than the wrap of the event time − 2 s
///
/// The turn that a first value tells of may be as old as it likes, so the first rate comes with the second
/// turn after it. A sensor at rest repeats itself; after 3 s of that the rate is 0.
struct CumulativeRevolutions: Hashable, Sendable {
    private struct Newest: Hashable, Sendable {
        var eventTime: UInt16
        /// When the turn became known, or counting started.
        var known: Instant
        /// Whether it happened about then.
        var isFresh: Bool
    }

    private(set) var count: RolloverCounter
    private let ticksPerSecond: Double
    private let fastest: Double
    private var newest: Newest?
    private var arrival: Instant?

    private static let standsAfter = 3 * Nanoseconds.second
    private static let slack = 2.0
    private static let delay = 4.0

    private init(bits: Int, ticksPerSecond: Double, fastest: Double) {
        count = RolloverCounter(bits: bits)
        (self.ticksPerSecond, self.fastest) = (ticksPerSecond, fastest)
    }

    /// Of a wheel: 32 bits; 20 turns a second of a 2 m wheel are 144 km/h.
    static func wheel(ticksPerSecond: Double) -> CumulativeRevolutions {
        CumulativeRevolutions(bits: 32, ticksPerSecond: ticksPerSecond, fastest: 20)
    }

    /// Of a crank: 16 bits, 1/1024 s; nobody pedals 300 turns a minute.
    static func crank() -> CumulativeRevolutions {
        CumulativeRevolutions(bits: 16, ticksPerSecond: 1024, fastest: 5)
    }

    /// Takes in what one value says; answers the rate, or `nil` when it is not known.
    mutating func take(_ data: RevolutionData, at time: Instant) -> RotationRate? {
        defer { arrival = time }
        guard let newest, let arrival, let turns = count.increment(to: data.revolutions),
            Double(turns) <= fastest * (Self.slack + Double(max(0, time - arrival)) / 1e9)
        else {
            count.resynchronise()
            count.advance(to: data.revolutions)
            self.newest = Newest(eventTime: data.eventTime, known: time, isFresh: false)
            return nil
        }
        guard turns > 0 else {
            return time - newest.known >= Self.standsAfter ? RotationRate(0) : nil
        }
        count.advance(to: data.revolutions)
        self.newest = Newest(eventTime: data.eventTime, known: time, isFresh: true)

        let elapsed = Double(data.eventTime &- newest.eventTime) / ticksPerSecond
        let passed = Double(max(0, time - newest.known)) / 1e9
        let wrap = 65_536 / ticksPerSecond
        guard newest.isFresh, elapsed > 0, elapsed <= passed + Self.delay, passed < wrap - Self.slack else {
            return nil
        }
        let perSecond = Double(turns) / elapsed
        return perSecond <= fastest ? RotationRate(60 * perSecond) : nil
    }
}

extension ByteReader {
    /// Reads the turns of a wheel: a count of 32 bits and a time of 16.
    mutating func wheelData() -> RevolutionData? {
        guard let revolutions = uint32(), let time = uint16() else { return nil }
        return RevolutionData(revolutions: revolutions, eventTime: time)
    }

    /// Reads the turns of a crank: a count of 16 bits and a time of 16.
    mutating func crankData() -> RevolutionData? {
        guard let revolutions = uint16(), let time = uint16() else { return nil }
        return RevolutionData(revolutions: UInt32(revolutions), eventTime: time)
    }
}
