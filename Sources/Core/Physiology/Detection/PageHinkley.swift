/// Page–Hinkley test: finds when the mean of a series rises, without knowing the mean before.
///
///     m ← running mean of x      S ← S + x − m − δ      alarm when S − min S > threshold
///
/// δ and the threshold are in the unit of x. After an alarm the test starts anew.
///
/// - First sample: is the mean.
/// - Gap: is skipped.
/// - Out of range: a value that is not finite or beyond ±1e9 is a gap.
/// - Source: E. S. Page, Biometrika 41 (1954) 100; D. V. Hinkley, Biometrika 58 (1971) 509. Alarms where
///   river 0.26.1 does (alpha 1).
public struct PageHinkley: Hashable, Sendable {
    private let tolerance: Double
    private let threshold: Double
    private var count = 0.0
    private var mean = 0.0
    private var sum = 0.0
    private var lowest = 0.0

    /// - Parameters:
    ///   - tolerance: δ; drifts below it are accepted.
    ///   - threshold: How far the sum may rise.
    public init(tolerance: Double, threshold: Double) {
        (self.tolerance, self.threshold) = (tolerance, threshold)
    }

    /// Takes the next value.
    ///
    /// - Returns: Whether the mean has risen. The next value starts anew then.
    public mutating func add(_ value: Double) -> Bool {
        guard -1e9...1e9 ~= value else { return false }
        count += 1
        mean += (value - mean) / count
        sum += value - mean - tolerance
        lowest = min(lowest, sum)
        guard sum - lowest > threshold else { return false }
        self = PageHinkley(tolerance: tolerance, threshold: threshold)
        return true
    }
}
