public import Units

/// Physiological strain index: heat and heart on one scale, meant as 0...10.
///
///     PSI = 5 · (T − T0) / (Tmax − T0) + 5 · (HR − HR0) / (HRmax − HR0)
///
/// With the limits of 1998 (39.5 °C, 180 beat/min) 63 % of healthy runners in a warm half marathon were above
/// 10; with 41 °C and the athlete's own maximum none. The raw temperature and heart rate belong beside it.
///
/// - First sample: T0 and HR0 are measured at rest before; without them there is no index.
/// - Out of range: `nil` for implausible values; may exceed 10 and fall below 0, and is not clipped.
/// - Source: D. S. Moran, A. Shitzer, K. B. Pandolf, Am J Physiol 275 (1998) R129; C. Byrne, J. K. W. Lee,
///   Eur J Appl Physiol 119 (2019).
public struct PhysiologicalStrain: Sendable {
    public let rest: (temperature: Temperature, rate: HeartRate)
    public let limit: (temperature: Temperature, rate: HeartRate)

    /// The limits of the paper.
    public static let original = (temperature: Temperature(39.5), rate: HeartRate(180))

    /// The limits for trained runners.
    ///
    /// - Parameter maximum: The athlete's own highest heart rate.
    /// - Returns: 41 °C and that rate.
    public static func trained(maximum: HeartRate) -> (temperature: Temperature, rate: HeartRate) {
        (Temperature(41), maximum)
    }

    /// Fails unless everything is plausible and the limits lie at least 0.5 °C and 20 beats above rest.
    ///
    /// - Parameters:
    ///   - rest: Core temperature and heart rate before.
    ///   - limit: Where each half counts 5.
    public init?(
        rest: (temperature: Temperature, rate: HeartRate),
        limit: (temperature: Temperature, rate: HeartRate) = original
    ) {
        guard Plausible.coreTemperature ~= rest.temperature.value, Plausible.heartRate ~= rest.rate.value,
            Plausible.coreTemperature ~= limit.temperature.value, Plausible.heartRate ~= limit.rate.value,
            limit.temperature.value - rest.temperature.value >= 0.5,
            limit.rate.value - rest.rate.value >= 20
        else { return nil }
        (self.rest, self.limit) = (rest, limit)
    }

    public func index(_ temperature: Temperature, _ rate: HeartRate) -> Double? {
        guard Plausible.coreTemperature ~= temperature.value, Plausible.heartRate ~= rate.value else {
            return nil
        }
        let heat =
            (temperature.value - rest.temperature.value)
            / (limit.temperature.value - rest.temperature.value)
        let heart = (rate.value - rest.rate.value) / (limit.rate.value - rest.rate.value)
        return 5 * heat + 5 * heart
    }
}
