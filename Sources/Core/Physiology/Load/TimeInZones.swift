public import Units
public import Wire

/// How long the heart rate stayed in each zone.
///
/// - First sample: counts like any other.
/// - Gap: ``miss(_:)`` adds to the coverage and to no zone.
/// - Out of range: a rate outside ``Plausible/heartRate`` is a gap.
/// - Complexity: a comparison per bound, no allocation. Sums are whole nanoseconds, so nothing drifts.
/// - Source: zones as the coach sets them; the definition of time in zone is the plain sum.
public struct TimeInZones: Hashable, Sendable {
    public let zones: HeartRateZones
    public private(set) var durations: [Nanoseconds]
    public private(set) var coverage = Coverage()

    public init(_ zones: HeartRateZones) {
        self.zones = zones
        durations = Array(repeating: 0, count: zones.count)
    }

    /// Counts a rate that held for `duration`.
    public mutating func add(_ rate: HeartRate, lasting duration: Nanoseconds) {
        guard Plausible.heartRate ~= rate.value else { return miss(duration) }
        coverage.add(duration)
        durations[zones.index(of: rate)] += duration
    }

    public mutating func miss(_ duration: Nanoseconds) { coverage.miss(duration) }

    /// Time in the upper zones, from `index` on.
    public func duration(from index: Int) -> Nanoseconds { durations.dropFirst(index).reduce(0, +) }
}
