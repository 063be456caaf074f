public import Units

/// How hot the air feels in the shade: the heat index of the US weather service.
///
///     simple  HI = 0.5 · (T + 61 + 1.2·(T − 68) + 0.094·RH)       T in °F, RH in %
///     full    HI = Rothfusz' regression of nine terms, when the mean of the simple HI and T reaches 80 °F,
///             less ((13 − RH)/4)·√((17 − |T − 95|)/17)     for RH < 13 and T 80...112
///             plus (RH − 85)/10 · (87 − T)/5               for RH > 85 and T 80...87
///
/// For people at rest in the shade: full sun adds up to 8 °C, and running more. A caution, never a "safe".
///
/// - Out of range: `nil` outside −20...55 °C or 0...100 %.
/// - Source: L. P. Rothfusz, NWS Technical Attachment SR 90-23 (1990), with the service's adjustments.
public enum HeatIndex {
    public static func temperature(air: Temperature, humidity: Share) -> Temperature? {
        guard -20...55 ~= air.value, 0...100 ~= humidity.value else { return nil }
        let (t, r) = (air.value * 1.8 + 32, humidity.value)
        let simple = 0.5 * (t + 61 + (t - 68) * 1.2 + r * 0.094)
        let index = (simple + t) / 2 < 80 ? simple : rothfusz(t, r)
        return Temperature((index - 32) / 1.8)
    }

    private static func rothfusz(_ t: Double, _ r: Double) -> Double {
        var index = -42.379 + 2.04901523 * t + 10.14333127 * r - 0.22475541 * t * r
        index += -6.83783e-3 * t * t - 5.481717e-2 * r * r
        index += 1.22874e-3 * t * t * r + 8.5282e-4 * t * r * r - 1.99e-6 * t * t * r * r
        if r < 13, 80...112 ~= t { index -= (13 - r) / 4 * ((17 - abs(t - 95)) / 17).squareRoot() }
        if r > 85, 80...87 ~= t { index += (r - 85) / 10 * (87 - t) / 5 }
        return index
    }
}
