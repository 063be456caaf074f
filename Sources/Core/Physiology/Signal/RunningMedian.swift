/// The median of the last n samples. It removes spikes shorter than n/2 and delays by (n − 1)/2 samples.
///
/// Until there are n samples, it is the median of those that there are; of an even count, the mean of the
/// middle two.
///
/// - Complexity: about 4·n compares a sample, no allocation.
/// - Source: J. W. Tukey, *Exploratory Data Analysis* (1977).
public struct RunningMedian: Sendable {
    private var window: SortedWindow

    /// - Precondition: `count` is 1...99.
    public init(count: Int) {
        precondition((1...99).contains(count))
        window = SortedWindow(capacity: count)
    }

    /// - Parameter input: The next sample. Finite.
    /// - Returns: The median.
    public mutating func process(_ input: Double) -> Double {
        window.add(input)
        return window.median ?? input
    }
}
