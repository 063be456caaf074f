public import Units

/// An alarm for an optical sensor that counts steps instead of beats.
///
///     raised  after 20 s in a row with |HR − cadence| ≤ 3, when the first of them lies at least 12
///             beats from the median of the 30 s before
///     cleared after 5 s in a row apart
///
/// The jump tells a lock from a runner whose heart really beats with his steps.
///
/// - First sample: without a rate before there is no jump, so no alarm.
/// - Gap: a second without one of the two breaks the row and counts as apart.
/// - Out of range: what is outside ``Plausible/heartRate`` or ``Plausible/cadence`` is a gap.
/// - Complexity: a ring of 30; 900 comparisons in the second in which a row begins.
/// - Source: section 6.1 of the reference notes: four of four found within 20 s, none false on real runs.
public struct CadenceLock: Hashable, Sendable {
    private static let hold = 20
    private static let apart = 5
    private static let jump = 12.0

    private var history = [Double](repeating: 0, count: 30)
    private var known = 0
    private var together = 0
    private var separate = 0
    private var hasJumped = false
    public private(set) var isRaised = false

    public init() {}

    /// Takes the next second; `nil` for what is not known.
    public mutating func add(_ rate: HeartRate?, _ cadence: Cadence?) -> AlarmChange? {
        let rate = rate.flatMap { Plausible.heartRate ~= $0.value ? $0.value : nil }
        defer {
            if let rate {
                history[known % history.count] = rate
                known += 1
            }
        }
        guard let rate, let cadence, Plausible.cadence ~= cadence.value, abs(rate - cadence.value) <= 3
        else { return part() }
        if together == 0 { hasJumped = median.map { abs(rate - $0) >= Self.jump } ?? false }
        together = min(together + 1, Self.hold)
        separate = 0
        guard !isRaised, hasJumped, together == Self.hold else { return nil }
        isRaised = true
        return .raised
    }

    private mutating func part() -> AlarmChange? {
        together = 0
        separate = min(separate + 1, Self.apart)
        guard isRaised, separate == Self.apart else { return nil }
        isRaised = false
        return .cleared
    }

    /// The middle of the last rates, or of the two in the middle their mean.
    private var median: Double? {
        let count = min(known, history.count)
        guard count > 0 else { return nil }
        func ranked(_ rank: Int) -> Double {
            let values = history.prefix(count)
            return values.first { value in
                let lower = values.count { $0 < value }
                return lower <= rank && rank < lower + values.count { $0 == value }
            } ?? 0
        }
        return (ranked((count - 1) / 2) + ranked(count / 2)) / 2
    }
}
