import Units
import Wire

/// Follows the two roll-over values of a wheel or a crank, the number of revolutions (16 bits) and the time
/// of the newest one (16 bits, 1/1024 s), through loss, repetition and reordering. The total never falls.
///
///     rate = 60 · Δ revolutions · 1024 / Δ time       turns/min, Δ modulo 65536
///
/// A step forward is believed when it agrees with the time that passed since the page before:
///
///     revolutions ≤ fastest · (1 s + silence)
///     silence     ≤ 30 min            in which no wheel turns 65536 times
///
/// and gives a rate when the time of the event cannot have wrapped since the event before was new:
///
///     elapsed ≤ silence + 4 s, silence ≤ 60 s     here the time in which no event became known
///
/// Up to 64 revolutions backwards, with the time backwards too, is a page that arrived late. After anything
/// else counting resumes at the page, and the gap counts as nothing.
struct RevolutionCounter: Hashable, Sendable {
    private struct Newest: Hashable, Sendable {
        var revolutions: UInt16
        var eventTime: UInt16
        var arrival: Instant
        /// When the newest revolution became known, or counting started.
        var turned: Instant
        /// Whether it turned at that time. On a first page, the revolution may be older than the time wraps.
        var isTurning: Bool
    }

    /// What one page says.
    enum Step: Hashable, Sendable {
        /// It arrived late and changes nothing.
        case late
        /// The rate is `nil` while it is not known, 0 once no revolution came for 3 s.
        case counted(rate: RotationRate?)
    }

    /// Revolutions since the first page.
    private(set) var total: UInt64 = 0
    private var newest: Newest?
    private var lateInSuccession = 0
    /// Revolutions per second that nothing on this sensor reaches.
    private let fastest: Double

    /// Without a revolution for so long, it stands. Chosen: 20 turns/min, the slowest that anyone rides.
    static let standsAfter = 3 * Nanoseconds.second
    private static let silenceLimit = 30 * Nanoseconds.minute
    private static let wrapLimit = 60 * Nanoseconds.second
    private static let lateRevolutionsLimit = 64
    /// After two seconds of late pages the sensor has restarted; late pages come singly.
    private static let lateLimit = 8

    /// A wheel: 20 turns a second are 150 km/h on one of 2.1 m.
    static let wheel = RevolutionCounter(fastest: 20)
    /// Cranks: 300 turns a minute.
    static let crank = RevolutionCounter(fastest: 5)

    private init(fastest: Double) { self.fastest = fastest }

    mutating func take(revolutions: UInt16, eventTime: UInt16, at time: Instant) -> Step {
        guard let last = newest else { return restart(revolutions, eventTime, at: time) }
        let turns = Int(revolutions &- last.revolutions)
        let elapsed = eventTime &- last.eventTime
        let silence = max(0, time - last.arrival)

        if turns == 0 {
            // Some sensors let the time run while nothing turns; one is among the vectors.
            newest?.eventTime = eventTime
            newest?.arrival = time
            lateInSuccession = 0
            let stands = time - last.turned > Self.standsAfter
            return .counted(rate: stands ? RotationRate(0) : nil)
        }
        let isForward = Double(turns) <= fastest * (1 + Double(silence) / 1e9)
        guard isForward, silence <= Self.silenceLimit else {
            let isBehind = turns >= 0x10000 - Self.lateRevolutionsLimit && elapsed > 0x8000
            guard isBehind, lateInSuccession < Self.lateLimit, silence < 10 * .second else {
                return restart(revolutions, eventTime, at: time)
            }
            lateInSuccession += 1
            return .late
        }
        total += UInt64(turns)
        lateInSuccession = 0
        mark(revolutions, eventTime, at: time, isTurning: true)
        let sinceTurn = max(0, time - last.turned)
        let isDated =
            elapsed > 0 && last.isTurning && sinceTurn <= Self.wrapLimit
            && Double(elapsed) / 1024 <= Double(sinceTurn) / 1e9 + 4
        return .counted(rate: isDated ? RotationRate(Self.rate(turns, in: Int(elapsed))) : nil)
    }

    /// Turns/min, of an elapsed time other than 0 in 1/1024 s.
    static func rate(_ turns: Int, in elapsed: Int) -> Double { 60 * 1024 * Double(turns) / Double(elapsed) }

    private mutating func restart(_ revolutions: UInt16, _ eventTime: UInt16, at time: Instant) -> Step {
        mark(revolutions, eventTime, at: time, isTurning: false)
        lateInSuccession = 0
        return .counted(rate: nil)
    }

    private mutating func mark(
        _ revolutions: UInt16,
        _ eventTime: UInt16,
        at time: Instant,
        isTurning: Bool
    ) {
        newest = Newest(
            revolutions: revolutions,
            eventTime: eventTime,
            arrival: time,
            turned: time,
            isTurning: isTurning
        )
    }
}
