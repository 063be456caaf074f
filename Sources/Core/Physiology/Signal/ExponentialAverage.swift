internal import Glibc  // exp only.
public import Units

/// An exponential moving average of samples at any distance.
///
///     y += (1 − exp(−Δt/τ)) · (x − y)
///
/// Group delay τ; 63 % of a step after τ. The first sample is the first value. After a gap the weight of the
/// next sample grows by itself, up to 1; whoever wants a gap to show must stop asking.
///
/// - Complexity: one exponential a sample.
/// - Source: the discrete form of a first-order low-pass; equal to pandas 2.3.3 `ewm(adjust=False)`.
public struct ExponentialAverage: Sendable {
    private let timeConstant: Double
    /// The latest output; `nil` before the first sample.
    public private(set) var value: Double?

    /// - Precondition: `timeConstant` > 0.
    public init(timeConstant: Interval) {
        precondition(timeConstant.value > 0)
        self.timeConstant = timeConstant.value
    }

    /// - Parameters:
    ///   - input: The sample, in any unit. Finite.
    ///   - elapsed: Since the sample before; not negative. Does not matter for the first.
    /// - Returns: The average, in the same unit.
    public mutating func process(_ input: Double, after elapsed: Interval) -> Double {
        precondition(input.isFinite)
        guard let before = value else {
            value = input
            return input
        }
        let output = before + (1 - exp(-max(0, elapsed.value) / timeConstant)) * (input - before)
        value = output
        return output
    }
}
