public import Units

/// The one-euro filter: a low-pass whose cutoff rises with the speed of the signal.
///
///     α(fc) = 1 / (1 + 1/(2π·fc·Δt)),   ẋ = (x − x̂)/Δt smoothed at the derivative cutoff,
///     fc    = minimum + β·|ẋ|,          x̂ += α(fc)·(x − x̂)
///
/// The derivative is that against the last filtered value, as in the paper's pseudo-code. It removes jitter,
/// not outliers: put a ``Hampel`` before. The first sample is the first value.
///
/// - Complexity: O(1).
/// - Source: G. Casiez, N. Roussel and D. Vogel, CHI 2012; equal to OneEuroFilter 0.2.1.
public struct OneEuro: Sendable {
    private let minimumCutoff, beta, derivativeCutoff: Double
    private var derivative = 0.0
    private var output: Double?

    /// - Parameters:
    ///   - minimumCutoff: Above 0.
    ///   - beta: How much the cutoff rises with speed, Hz for each unit a second. Not negative.
    ///   - derivativeCutoff: Above 0.
    public init(minimumCutoff: Double, beta: Double, derivativeCutoff: Double = 1) {
        precondition(minimumCutoff > 0 && beta >= 0 && derivativeCutoff > 0)
        (self.minimumCutoff, self.beta) = (minimumCutoff, beta)
        self.derivativeCutoff = derivativeCutoff
    }

    /// - Parameters:
    ///   - input: The sample, in any unit. Finite.
    ///   - elapsed: Since the sample before. When not above 0, the sample is left out.
    /// - Returns: The filtered value, in the same unit.
    public mutating func process(_ input: Double, after elapsed: Interval) -> Double {
        precondition(input.isFinite)
        guard let before = output else {
            output = input
            return input
        }
        let step = elapsed.value
        guard step > 0 else { return before }
        derivative += Self.weight(derivativeCutoff, step) * ((input - before) / step - derivative)
        let weight = Self.weight(minimumCutoff + beta * abs(derivative), step)
        let value = before + weight * (input - before)
        output = value
        return value
    }

    private static func weight(_ cutoff: Double, _ step: Double) -> Double {
        1 / (1 + 1 / (2 * .pi * cutoff * step))
    }
}
