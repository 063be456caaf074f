public import Units
public import Wire

/// Time at 90 % of the maximal heart rate or above: the red minutes of team sports.
///
/// A rate on the bound counts. Convention of practice, not the result of a trial.
///
/// - First sample, gap, out of range: as in ``TimeInZones``.
public struct RedZone: Hashable, Sendable {
    /// 90 % of the maximum.
    public static let bound = Share(90)

    private let limit: HeartRate
    public private(set) var duration: Nanoseconds = 0
    public private(set) var coverage = Coverage()

    public init(_ range: HeartRateRange) { limit = range.rate(atMaximum: Self.bound) }

    /// Counts a rate that held for `duration`.
    public mutating func add(_ rate: HeartRate, lasting duration: Nanoseconds) {
        guard Plausible.heartRate ~= rate.value else { return miss(duration) }
        coverage.add(duration)
        if rate >= limit { self.duration += duration }
    }

    public mutating func miss(_ duration: Nanoseconds) { coverage.miss(duration) }
}
