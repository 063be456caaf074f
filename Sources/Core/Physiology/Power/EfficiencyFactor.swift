public import Units
public import Wire

/// Efficiency factor: what a heartbeat buys.
///
///     EF = mean P / mean HR        W per beat/min, over samples with both; speed in place of power likewise
///
/// - First sample: is the factor.
/// - Gap: a sample without a heart rate, or without power that is known to be 0, is missed.
/// - Out of range: an implausible rate or power is a gap.
/// - Source: J. Friel, The Cyclist's Training Bible (a convention of practice).
public struct EfficiencyFactor: Hashable, Sendable {
    private var outputs = 0.0
    private var beats = 0.0
    public private(set) var coverage = Coverage()

    public init() {}

    /// `nil` before the first sample.
    public var value: Double? { beats > 0 ? outputs / beats : nil }

    /// Takes power (W) or speed (m/s), and the heart rate at the same time.
    ///
    /// - Parameters:
    ///   - output: Of one kind throughout.
    ///   - rate: The heart rate.
    ///   - duration: How long both held.
    public mutating func add(_ output: Double, _ rate: HeartRate, lasting duration: Nanoseconds) {
        guard Plausible.power ~= output, Plausible.heartRate ~= rate.value else { return miss(duration) }
        outputs += output * duration.seconds
        beats += rate.value * duration.seconds
        coverage.add(duration)
    }

    public mutating func miss(_ duration: Nanoseconds) { coverage.miss(duration) }
}
