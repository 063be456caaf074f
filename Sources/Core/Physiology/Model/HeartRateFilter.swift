public import Units

/// The heart rate one second ahead, learnt while the session runs.
///
///     y_k ≈ a·y_(k−1) + b·u_(k−1) + c
///     recursive least squares with forgetting λ 0.9995 (a memory of about 33 min)
///
/// For one-step residuals, not for physiology: rounding and noise of the heart rate bias a towards a time
/// constant that is too short (35 s instead of 48 s). For τ see ``HeartRateFit``.
///
/// - First sample: nothing to predict; starts from a 0.95, b and c 0, covariance 1e4.
/// - Gap: the next sample is a first one again; what was learnt stays.
/// - Out of range: an implausible rate, or an effort outside ``Plausible/power``, is a gap.
/// - Complexity: about 40 operations a sample.
/// - Source: L. Ljung, System Identification (recursive least squares).
public struct HeartRateFilter: Sendable {
    /// a, b and c.
    public private(set) var factors = SIMD3(0.95, 0, 0)
    private var columns = [
        SIMD3(1e4, 0, 0), SIMD3(0, 1e4, 0), SIMD3(0, 0, 1e4),
    ]
    private let forgetting: Double
    private var last: (rate: Double, effort: Double)?

    /// - Parameter forgetting: λ, clamped to 0.9...1.
    public init(forgetting: Double = 0.9995) { self.forgetting = min(1, max(0.9, forgetting)) }

    /// Takes the next second.
    ///
    /// - Parameters:
    ///   - effort: In one unit throughout.
    ///   - rate: Of the same second.
    /// - Returns: How far the rate was from the prediction; `nil` for a first sample.
    public mutating func add(effort: Double, _ rate: HeartRate) -> Double? {
        guard Plausible.power ~= effort, Plausible.heartRate ~= rate.value else {
            interrupt()
            return nil
        }
        defer { last = (rate.value, effort) }
        guard let last else { return nil }
        let regressor = SIMD3(last.rate, last.effort, 1)
        let residual = rate.value - (factors * regressor).sum()
        learn(regressor, residual)
        return residual
    }

    /// A second, or more, without one of the two.
    public mutating func interrupt() { last = nil }

    private mutating func learn(_ regressor: SIMD3<Double>, _ residual: Double) {
        let spread = SIMD3(
            (columns[0] * regressor).sum(),
            (columns[1] * regressor).sum(),
            (columns[2] * regressor).sum()
        )
        let step = spread / (forgetting + (regressor * spread).sum())
        factors += step * residual
        for index in 0..<3 {
            // Without excitation the covariance would grow without bound.
            let column = (columns[index] - step * spread[index]) / forgetting
            columns[index] = column.clamped(
                lowerBound: SIMD3(repeating: -1e8),
                upperBound: SIMD3(repeating: 1e8)
            )
        }
    }
}
