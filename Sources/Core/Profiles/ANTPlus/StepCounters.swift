import Wire

/// Follows the two roll-over counters of a foot pod, distance (12 bits, 1/16 m) and strides (8 bits), through
/// loss, repetition and reordering. Totals never fall.
///
/// A step forward is believed when it agrees with the time that passed since the page before:
///
///     distance ≤ 16 m + 16 m/s · silence      16 m/s is all that the speed field can say
///     strides  ≤ 8 + 5/s · silence
///     silence  < 16 s                         in which 256 m, one turn of the counter, can be covered
///
/// Up to 16 m and 8 strides backwards is a page that arrived late. After anything else counting resumes at
/// the page, and the gap counts as nothing.
struct StepCounters: Hashable, Sendable {
    private(set) var distance = RolloverCounter(bits: 12)
    private(set) var strides = RolloverCounter(bits: 8)
    private var arrival: Instant?
    private var lateInSuccession = 0

    private static let wrapSilence = 16 * Nanoseconds.second
    private static let lateDistance: UInt64 = 16 * 16
    private static let lateStrides: UInt64 = 8
    /// After two seconds of late pages the pod has restarted; late pages come singly.
    private static let lateLimit = 8

    /// Takes in the counters of one page.
    ///
    /// - Parameters:
    ///   - sixteenths: Distance, 1/16 m, or `nil` from a pod that does not measure it.
    ///   - count: Strides.
    ///   - time: When the page arrived.
    /// - Returns: `false`, with no total changed, when the page is a late one.
    mutating func take(distance sixteenths: UInt16?, strides count: UInt8, at time: Instant) -> Bool {
        if let arrival {
            let covered = sixteenths.flatMap { distance.increment(to: $0) } ?? 0
            let steps = strides.increment(to: count) ?? 0
            let silence = max(0, time - arrival)
            let seconds = Double(min(silence, Self.wrapSilence)) / 1e9
            let isForward = Double(covered) <= 16 * (16 + 16 * seconds) && Double(steps) <= 8 + 5 * seconds
            let isBehind =
                (0x1000 - covered) & 0xFFF <= Self.lateDistance
                && (0x100 - steps) & 0xFF <= Self.lateStrides
            let isLate = isBehind && lateInSuccession < Self.lateLimit
            if silence >= Self.wrapSilence || (!isForward && !isLate) {
                distance.resynchronise()
                strides.resynchronise()
            } else if !isForward {
                lateInSuccession += 1
                return false
            }
        }
        if let sixteenths { distance.advance(to: sixteenths) } else { distance.resynchronise() }
        strides.advance(to: count)
        arrival = time
        lateInSuccession = 0
        return true
    }
}
