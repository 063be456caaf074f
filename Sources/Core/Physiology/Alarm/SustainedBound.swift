/// An alarm for a value that stays above a bound: heart rate too high, or a rule of the coach's own.
///
///     raised  after `hold` samples in a row above the bound
///     cleared after `clearHold` samples in a row below bound − hysteresis
///
/// One sample a second, so holds are seconds. The heart rate's standard: 20 s, 3 beats, 10 s.
///
/// - First sample: counts like any other.
/// - Gap: breaks both rows; an alarm stays as it is.
/// - Out of range: a value that is not finite is a gap.
/// - Source: section 6.1 of the reference notes.
public struct SustainedBound: Hashable, Sendable {
    private let bound, hysteresis: Double
    private let hold, clearHold: Int
    private var above = 0
    private var below = 0
    public private(set) var isRaised = false

    /// - Parameters:
    ///   - bound: In the value's unit.
    ///   - hysteresis: How far below the bound it is over; at least 0.
    ///   - hold: Seconds, at least 1.
    ///   - clearHold: Seconds, at least 1.
    public init(above bound: Double, hysteresis: Double = 3, hold: Int = 20, clearHold: Int = 10) {
        (self.bound, self.hysteresis) = (bound, max(0, hysteresis))
        (self.hold, self.clearHold) = (max(1, hold), max(1, clearHold))
    }

    /// Takes the next second; `nil` when there is no value.
    public mutating func add(_ value: Double?) -> AlarmChange? {
        let value = value.flatMap { $0.isFinite ? $0 : nil }
        above = value.map { $0 > bound } ?? false ? min(above + 1, hold) : 0
        below = value.map { $0 < bound - hysteresis } ?? false ? min(below + 1, clearHold) : 0
        if !isRaised, above >= hold {
            isRaised = true
            return .raised
        }
        if isRaised, below >= clearHold {
            isRaised = false
            return .cleared
        }
        return nil
    }
}
