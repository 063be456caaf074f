internal import Glibc  // pow only.
public import Units
public import Wire

/// What a signal may do, and how fast.
public struct SignalLimits: Hashable, Sendable {
    /// Hard bounds.
    public var bounds: ClosedRange<Double>
    /// How far a sample may be from the last one or from where the signal was going.
    public var gate: Double
    /// How much more it may after a gap, each second, for the first 20 s.
    public var gateGrowth: Double
    /// Noise of the change and of a sample: see ``ConstantVelocityFilter``.
    public var processNoise, measurementNoise: Double
    /// The part of the time since the last sample that the value is carried on along its rate, 0...1.
    public var lookAhead: Double
    /// After this long without a sample there is no value.
    public var staleness: Interval

    /// Beats a minute. In eight recordings the rate rose by at most 9 in 1 s and 20 in 5 s.
    public static let heartRate = SignalLimits(
        bounds: 25...250,
        gate: 10,
        gateGrowth: 1,
        processNoise: 0.05,
        measurementNoise: 1.5,
        lookAhead: 0.5,
        staleness: Interval(10)
    )

    /// Watts of a foot pod. In real runs 99.9 % of the changes in 1 s are below 26...113 W.
    public static let runningPower = SignalLimits(
        bounds: 0...1500,
        gate: 70,
        gateGrowth: 8,
        processNoise: 30,
        measurementNoise: 30,
        lookAhead: 0,
        staleness: Interval(10)
    )

    /// Metres a second, running.
    public static let runningSpeed = SignalLimits(
        bounds: 0...12.5,
        gate: 0.75,
        gateGrowth: 0.15,
        processNoise: 0.005,
        measurementNoise: 0.005,
        lookAhead: 0.3,
        staleness: Interval(10)
    )
}

/// A clean value at any time from samples that come late, twice, wrong or not at all.
///
/// In this order: samples that are not newer than the newest (duplicates and late ones) and samples out of
/// bounds are left out. A sample that is further than the gate from both the last accepted one and the
/// prediction is a suspect; the value stays, its rate is forgotten. Five suspects in a row that agree with
/// each other within the gate were a real step: the filter starts anew there. What is accepted goes through
/// a Kalman filter of constant velocity whose rate dies away by 5 % a second.
///
/// So a spike of up to four samples leaves no trace, a change of pace passes at once, and nothing locks out:
/// after a step the value follows within five samples. The price is that a true step of more than the gate
/// in 1 s waits those five samples; a spike and a surge of 4 s cannot be told apart by one signal.
///
/// The first sample is the first value. A gap stays a gap: the last value holds until `staleness`, then
/// there is none. No sample is invented.
///
/// For showing and for models. Totals are summed from the samples themselves.
///
/// Measured with simulated arrivals (gaps, spikes, zeros, duplicates, late samples): RMSE against the best
/// of ten reference filters 1.06 (heart rate), 0.99 (power), 1.01 (speed) on a steady run, and 0.8 to 0.9 on
/// intervals against the better of Hampel and re-acquiring Kalman; lag 1 to 2 s, of which 1 s is transport.
///
/// - Complexity: O(1) a sample, no allocation.
/// - Source: own; the re-acquisition after five is that of the reference's Kalman filter, the fixed gate that
///   of Hampel's floor.
public struct SignalCleaner: Sendable {
    public enum Verdict: Hashable, Sendable {
        case accepted
        /// Not newer than what came before: a duplicate, or too late.
        case old
        case outOfBounds
        /// Too far from where the signal is. The fifth in a row that agree is accepted.
        case suspect
    }

    private static let confirmations = 5
    private static let longestGrowth = 20.0
    private static let longestPrediction = 3.0
    private static let rateRetention = 0.95

    private let limits: SignalLimits
    private var filter: ConstantVelocityFilter
    /// The newest sample within bounds.
    private var newest: Nanoseconds?
    private var accepted: (value: Double, time: Nanoseconds)?
    private var suspect = 0.0
    private var suspects = 0

    public init(_ limits: SignalLimits) {
        self.limits = limits
        filter = Self.filter(limits)
    }

    /// - Parameters:
    ///   - value: The sample. One that is not finite is out of bounds.
    ///   - time: When it was measured, on any clock.
    /// - Returns: What became of it.
    @discardableResult
    public mutating func add(_ value: Double, sampledAt time: Nanoseconds) -> Verdict {
        if let newest, time <= newest { return .old }
        guard limits.bounds.contains(value) else { return .outOfBounds }
        newest = time
        guard let accepted else {
            start(value, time)
            return .accepted
        }
        let elapsed = Self.seconds(time - accepted.time)
        guard isPlausible(value, after: elapsed, last: accepted.value) else {
            return hold(value, time)
        }
        suspects = 0
        self.accepted = (value, time)
        filter.scaleRate(by: pow(Self.rateRetention, elapsed))
        _ = filter.process(value, after: Interval(elapsed))
        return .accepted
    }

    /// The value at `now`, or `nil` when there was no sample for so long that nobody knows.
    public func value(at now: Nanoseconds) -> Double? {
        guard let newest, let accepted, let value = filter.value,
            now - newest <= Nanoseconds(limits.staleness.value * 1e9)
        else { return nil }
        let ahead = min(max(Self.seconds(now - accepted.time), 0), 2)
        let carried = value + limits.lookAhead * filter.rate * ahead
        return min(max(carried, limits.bounds.lowerBound), limits.bounds.upperBound)
    }

    private func isPlausible(_ value: Double, after elapsed: Double, last: Double) -> Bool {
        let predicted =
            filter.prediction(after: Interval(min(elapsed, Self.longestPrediction))) ?? last
        let gate = limits.gate + limits.gateGrowth * min(max(elapsed - 1, 0), Self.longestGrowth)
        return value >= min(predicted, last) - gate && value <= max(predicted, last) + gate
    }

    private mutating func hold(_ value: Double, _ time: Nanoseconds) -> Verdict {
        suspects = suspects > 0 && abs(value - suspect) <= limits.gate ? suspects + 1 : 1
        suspect = value
        filter.scaleRate(by: 0)
        guard suspects >= Self.confirmations else { return .suspect }
        start(value, time)
        return .accepted
    }

    private mutating func start(_ value: Double, _ time: Nanoseconds) {
        filter = Self.filter(limits)
        _ = filter.process(value, after: Interval(0))
        accepted = (value, time)
        suspects = 0
    }

    private static func filter(_ limits: SignalLimits) -> ConstantVelocityFilter {
        ConstantVelocityFilter(
            processNoise: limits.processNoise,
            measurementNoise: limits.measurementNoise,
            valueVariance: limits.measurementNoise,
            rateVariance: 4 * limits.processNoise
        )
    }

    private static func seconds(_ span: Nanoseconds) -> Double { Double(span) / 1e9 }
}
