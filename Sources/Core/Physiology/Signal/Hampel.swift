/// Replaces outliers by the median of the last samples.
///
///     outlier: |x − median| > max(floor, k · 1.4826 · MAD),   over the last n samples, this one included
///
/// Normal samples pass unchanged and without delay; a true step is accepted after n/2 samples. The floor is
/// needed because MAD is 0 on a signal of whole numbers that stands still. The first sample passes. Gaps do
/// not matter: what counts is the last n samples.
///
/// - Complexity: about 4·n compares a sample, no allocation.
/// - Source: F. R. Hampel, J. Am. Stat. Assoc. 69 (1974) 383; causal form. 1.4826 makes MAD the standard
///   deviation of normal noise.
public struct Hampel: Sendable {
    private let threshold, floor: Double
    private var window: SortedWindow

    /// - Parameters:
    ///   - count: n, 1...99.
    ///   - threshold: k, above 0.
    ///   - floor: The least difference that counts, in the unit of the samples.
    public init(count: Int = 9, threshold: Double = 3, floor: Double) {
        precondition((1...99).contains(count) && threshold > 0 && floor >= 0)
        (self.threshold, self.floor) = (threshold, floor)
        window = SortedWindow(capacity: count)
    }

    /// - Parameter input: The next sample. Finite.
    /// - Returns: The sample, or the median in its place.
    public mutating func process(_ input: Double) -> Double {
        window.add(input)
        guard let median = window.median, let deviation = window.medianDeviation else { return input }
        return abs(input - median) > max(floor, threshold * 1.4826 * deviation) ? median : input
    }
}
