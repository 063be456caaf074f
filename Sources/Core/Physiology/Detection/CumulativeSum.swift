/// CUSUM chart: sums what lies beyond a slack, on both sides, and alarms when the sum is large.
///
///     hi ← max(0, hi + u − k)      lo ← max(0, lo − u − k)      alarm while hi > h or lo > h
///
/// u is standardised: mean 0, SD 1, independent. k 0.5 and h 5 find a shift of one SD after 10 samples and
/// alarm falsely every 465. Heart-rate residuals are not independent: feed means over 30 s, or whiten.
///
/// - First sample: starts from 0.
/// - Gap: is skipped; the sums stay.
/// - Out of range: a value that is not finite is a gap; beyond ±1000 it counts as ±1000.
/// - Source: E. S. Page, Biometrika 41 (1954) 100; D. C. Montgomery, Introduction to Statistical Quality
///   Control (run lengths).
public struct CumulativeSum: Hashable, Sendable {
    public let slack: Double
    public let limit: Double
    public private(set) var high = 0.0
    public private(set) var low = 0.0

    /// - Parameters:
    ///   - slack: k; half the shift to be found, in SD.
    ///   - limit: h.
    public init(slack: Double = 0.5, limit: Double = 5) { (self.slack, self.limit) = (slack, limit) }

    /// Takes the next value.
    ///
    /// - Returns: Whether the chart alarms now.
    public mutating func add(_ value: Double) -> Bool {
        guard value.isFinite else { return isAlarmed }
        let value = min(1_000, max(-1_000, value))
        high = max(0, high + value - slack)
        low = max(0, low - value - slack)
        return isAlarmed
    }

    public var isAlarmed: Bool { high > limit || low > limit }

    /// After an alarm was dealt with.
    public mutating func reset() { (high, low) = (0, 0) }
}
