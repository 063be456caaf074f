public import Units
public import Wire

/// Training impulse after Lucía: minutes below, between and above the two ventilatory thresholds, times
/// 1, 2 and 3.
///
///     TRIMP = t_1 + 2·t_2 + 3·t_3
///
/// In arbitrary units. The thresholds come from a test or, marked as such, from shares of the reserve.
/// A rate on a threshold belongs above it.
///
/// - First sample, gap, out of range: as in ``TimeInZones``.
/// - Source: A. Lucía, J. Hoyos, A. Santalla, C. Earnest, J. L. Chicharro, Med Sci Sports Exerc 35 (2003)
///   872.
public struct LuciaImpulse: Hashable, Sendable {
    public private(set) var time: TimeInZones

    /// Fails unless the thresholds are plausible and rise.
    public init?(first: HeartRate, second: HeartRate) {
        guard let zones = HeartRateZones(bounds: [first, second]) else { return nil }
        time = TimeInZones(zones)
    }

    public var coverage: Coverage { time.coverage }

    /// Never falls.
    public var total: Double {
        time.durations.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element.minutes }
    }

    /// Counts a rate that held for `duration`.
    public mutating func add(_ rate: HeartRate, lasting duration: Nanoseconds) {
        time.add(rate, lasting: duration)
    }

    public mutating func miss(_ duration: Nanoseconds) { time.miss(duration) }
}
