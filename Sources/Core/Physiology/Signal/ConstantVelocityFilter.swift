public import Units

/// A Kalman filter for a value that changes at a nearly constant rate.
///
///     F = [[1, Δt], [0, 1]],   Q = q·[[Δt³/3, Δt²/2], [Δt²/2, Δt]],   H = [1, 0],   R = r
///
/// It starts at the first sample with rate 0 and the variances that it is given. It believes every sample:
/// outliers are another's business. A plain innovation gate must not be put on it, because after a step
/// such a filter rejects everything and runs away (650 W and more on real power).
///
/// - Complexity: about 25 multiplications a sample.
/// - Source: R. E. Kalman, J. Basic Eng. 82 (1960) 35; equal to filterpy 2.0.0.
public struct ConstantVelocityFilter: Sendable {
    private let processNoise, measurementNoise: Double
    private var p00, p01, p11: Double
    /// The estimate, in the unit of the samples; `nil` before the first.
    public private(set) var value: Double?
    /// Its change, unit a second.
    public private(set) var rate = 0.0

    /// - Parameters:
    ///   - processNoise: q, unit² a cubic second. Above 0.
    ///   - measurementNoise: r, unit². Above 0.
    ///   - valueVariance: Of the start, unit².
    ///   - rateVariance: Of the start, unit² a square second.
    public init(
        processNoise: Double,
        measurementNoise: Double,
        valueVariance: Double,
        rateVariance: Double
    ) {
        precondition(processNoise > 0 && measurementNoise > 0 && valueVariance >= 0 && rateVariance >= 0)
        (self.processNoise, self.measurementNoise) = (processNoise, measurementNoise)
        (p00, p01, p11) = (valueVariance, 0, rateVariance)
    }

    /// Where the value will be after `elapsed`.
    func prediction(after elapsed: Interval) -> Double? { value.map { $0 + rate * elapsed.value } }

    /// Trusts the rate less: `factor` 0 forgets it.
    mutating func scaleRate(by factor: Double) { rate *= factor }

    /// - Parameters:
    ///   - input: The sample. Finite.
    ///   - elapsed: Since the sample before, not negative.
    /// - Returns: The estimate.
    public mutating func process(_ input: Double, after elapsed: Interval) -> Double {
        precondition(input.isFinite)
        guard let before = value else {
            value = input
            return input
        }
        let dt = max(0, elapsed.value)
        let predicted = before + rate * dt
        let q = processNoise
        p00 += dt * (2 * p01 + dt * p11) + q * dt * dt * dt / 3
        p01 += dt * p11 + q * dt * dt / 2
        p11 += q * dt

        let residual = input - predicted
        let scale = 1 / (p00 + measurementNoise)
        let (k0, k1) = (p00 * scale, p01 * scale)
        let output = predicted + k0 * residual
        rate += k1 * residual
        p11 -= k1 * p01
        p01 -= k0 * p01
        p00 -= k0 * p00
        value = output
        return output
    }
}
