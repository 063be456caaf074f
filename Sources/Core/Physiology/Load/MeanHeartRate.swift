public import Units
public import Wire

/// Mean and highest heart rate, weighted by time.
///
///     mean = Σ HR · Δt / Σ Δt      over the measured time only
///
/// - First sample: is the mean and the highest.
/// - Gap: ``miss(_:)`` adds to the coverage and moves neither.
/// - Out of range: a rate outside ``Plausible/heartRate`` is a gap.
/// - Source: the plain mean over time; never the mean of 60000/RR, which overestimates.
public struct MeanHeartRate: Hashable, Sendable {
    private var beatSeconds = 0.0
    public private(set) var highest: HeartRate?
    public private(set) var coverage = Coverage()

    public init() {}

    /// `nil` before the first sample.
    public var mean: HeartRate? {
        coverage.measured > 0 ? HeartRate(beatSeconds / coverage.measured.seconds) : nil
    }

    /// Counts a rate that held for `duration`.
    public mutating func add(_ rate: HeartRate, lasting duration: Nanoseconds) {
        guard Plausible.heartRate ~= rate.value else { return miss(duration) }
        coverage.add(duration)
        beatSeconds += rate.value * duration.seconds
        highest = max(highest ?? rate, rate)
    }

    public mutating func miss(_ duration: Nanoseconds) { coverage.miss(duration) }
}
