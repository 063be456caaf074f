internal import Glibc
public import Units

/// The time over another distance, after Riegel.
///
///     t2 = t1 · (d2 / d1)^1.06
///
/// Fair between 5 km and the half marathon, optimistic for the marathon of recreational runners, whose own
/// exponent is 1.06...1.15. Say a range, not a point.
///
/// - Out of range: `nil` for distances outside 400 m...250 km, times outside 30 s...48 h, an exponent outside
///   1...1.3.
/// - Source: P. S. Riegel, American Scientist 69 (1981) 285.
public enum RacePrediction {
    /// Riegel's exponent for running.
    public static let exponent = 1.06

    /// - Parameters:
    ///   - time: What the known distance took.
    ///   - known: That distance.
    ///   - distance: The distance to predict.
    ///   - exponent: The athlete's own, when it is known.
    /// - Returns: s
    public static func time(
        _ time: Interval,
        over known: Distance,
        for distance: Distance,
        exponent: Double = exponent
    ) -> Interval? {
        guard 400...250_000 ~= known.value, 400...250_000 ~= distance.value, 30...172_800 ~= time.value,
            1...1.3 ~= exponent
        else { return nil }
        return Interval(time.value * pow(distance.value / known.value, exponent))
    }
}
