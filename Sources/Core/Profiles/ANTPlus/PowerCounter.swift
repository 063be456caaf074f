import Units
import Wire

/// Follows the update count (8 bits) and the accumulated power (16 bits, W) of a power meter or a trainer.
///
///     average over a gap = Δ accumulated / Δ updates      W, Δ modulo 65536 and 256
///
/// The average is believed up to 32 updates, where it could hide a turn of the sum only above 2047 W.
struct PowerCounter: Hashable, Sendable {
    enum Verdict: Hashable, Sendable {
        /// Nothing on the page is news: it came late, or the count stood still for longer than 3 s.
        case stale
        /// The instantaneous value of the page holds.
        case instantaneous
        /// Several updates since the page before; this is their average.
        case average(Power)
    }

    /// A sensor whose count stood still this long has stopped measuring. Chosen, as for heart rate.
    static let staleAfter = 3 * Nanoseconds.second
    private static let averagedUpdatesLimit = 32

    private var updates = UpdateCounter(staleAfter: staleAfter)
    private var accumulated: UInt16 = 0

    mutating func take(updates count: UInt8, accumulated sum: UInt16, at time: Instant) -> Verdict {
        let step = updates.take(count, at: time)
        if step == .late { return .stale }
        let added = sum &- accumulated
        accumulated = sum
        if case .updates(let count) = step, (2...Self.averagedUpdatesLimit).contains(count) {
            return .average(Power(Double(added) / Double(count)))
        }
        return updates.isFresh(at: time) ? .instantaneous : .stale
    }
}
