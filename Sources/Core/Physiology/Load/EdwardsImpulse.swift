public import Units
public import Wire

/// Training impulse after Edwards: minutes in 50, 60, 70, 80 and 90 % of the maximum, times 1...5.
///
///     TRIMP = Σ i · t_i      t_i: minutes in zone i of ``HeartRateZones/decades``, below 50 %: i = 0
///
/// In arbitrary units. Rates above the maximum belong to zone 5.
///
/// - First sample, gap, out of range: as in ``TimeInZones``.
/// - Source: S. Edwards, The Heart Rate Monitor Book (1993).
public struct EdwardsImpulse: Hashable, Sendable {
    public private(set) var time: TimeInZones

    /// Fails when the maximum is so low that its half is no plausible rate.
    public init?(_ range: HeartRateRange) {
        guard let zones = HeartRateZones(ofMaximum: HeartRateZones.decades, range) else { return nil }
        time = TimeInZones(zones)
    }

    public var coverage: Coverage { time.coverage }

    /// Never falls.
    public var total: Double {
        time.durations.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element.minutes }
    }

    /// Counts a rate that held for `duration`.
    public mutating func add(_ rate: HeartRate, lasting duration: Nanoseconds) {
        time.add(rate, lasting: duration)
    }

    public mutating func miss(_ duration: Nanoseconds) { time.miss(duration) }
}
