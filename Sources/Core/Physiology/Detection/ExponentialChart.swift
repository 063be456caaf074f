/// EWMA chart: alarms when the exponential mean leaves its limits.
///
///     z ← z + λ · (u − z)      alarm while |z| > L · √(λ / (2 − λ))
///
/// u is standardised: mean 0, SD 1, independent. λ 0.1 and L 2.814 find a shift of one SD after 10 samples
/// and alarm falsely every 500.
///
/// - First sample: starts from 0.
/// - Gap: is skipped; the mean stays.
/// - Out of range: a value that is not finite is a gap; beyond ±1000 it counts as ±1000.
/// - Source: S. W. Roberts, Technometrics 1 (1959) 239; J. M. Lucas, M. S. Saccucci, Technometrics 32 (1990)
///   1 (run lengths).
public struct ExponentialChart: Hashable, Sendable {
    private let weight: Double
    /// On both sides of 0.
    public let bound: Double
    public private(set) var mean = 0.0

    /// - Parameters:
    ///   - weight: λ, clamped to 0.001...1.
    ///   - limit: L, in SD of the mean.
    public init(weight: Double = 0.1, limit: Double = 2.814) {
        self.weight = min(1, max(0.001, weight))
        bound = limit * (self.weight / (2 - self.weight)).squareRoot()
    }

    /// Takes the next value.
    ///
    /// - Returns: Whether the chart alarms now.
    public mutating func add(_ value: Double) -> Bool {
        guard value.isFinite else { return isAlarmed }
        mean += weight * (min(1_000, max(-1_000, value)) - mean)
        return isAlarmed
    }

    public var isAlarmed: Bool { abs(mean) > bound }

    /// After an alarm was dealt with.
    public mutating func reset() { mean = 0 }
}
