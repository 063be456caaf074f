public import Units

/// The heart rates between which an athlete lives: at rest and at the most.
///
///     reserve fraction   x = (HR − rest) / (maximum − rest), clipped to 0...1
///     rate at a fraction HR = rest + x · (maximum − rest)
///
/// Source: M. J. Karvonen, E. Kentala, O. Mustala, Ann Med Exp Biol Fenn 35 (1957) 307.
public struct HeartRateRange: Hashable, Sendable {
    public let rest: HeartRate
    public let maximum: HeartRate

    /// Fails unless both are plausible and at least 20 beats apart: less would turn noise into load.
    public init?(rest: HeartRate, maximum: HeartRate) {
        guard Plausible.heartRate ~= rest.value, Plausible.heartRate ~= maximum.value,
            maximum.value - rest.value >= 20
        else { return nil }
        (self.rest, self.maximum) = (rest, maximum)
    }

    /// The part of the reserve in use, 0...1.
    public func fraction(of rate: HeartRate) -> Double {
        min(1, max(0, (rate.value - rest.value) / (maximum.value - rest.value)))
    }

    /// The rate at a share of the reserve.
    public func rate(atReserve share: Share) -> HeartRate {
        HeartRate(rest.value + share.value * (maximum.value - rest.value) / 100)
    }

    /// The rate at a share of the maximum.
    public func rate(atMaximum share: Share) -> HeartRate { HeartRate(share.value * maximum.value / 100) }
}
