/// Readiness from the morning's ln RMSSD: the week's mean against the athlete's own normal range.
///
///     mean7, CV7 = mean and 100·SD/mean of the valid days among the last 7, at least 3 of them
///     range      = mean ± 0.5·SD of the valid days among the 30 before those 7, at least 14
///     flag       = low, normal or high: where mean7 lies
///
/// SD is of n − 1. Range and week do not overlap. A morning without recording is a missing day, never a
/// carried value. A single low day is no flag; CV falling together with the mean is worth a look.
///
/// - Complexity: 37 daily values.
/// - Source: D. Plews et al., Int. J. Sports Physiol. Perform. 9 (2014) (three valid days a week, ± 0.5 SD);
///   V. Vesterinen et al., Med. Sci. Sports Exerc. 48 (2016).
public struct Readiness: Sendable {
    public enum Flag: Hashable, Sendable { case low, normal, high }

    public struct Day: Hashable, Sendable {
        /// Valid days of the last 7.
        public var week = 0
        /// Valid days of the 30 before.
        public var base = 0
        /// The week's mean of ln RMSSD.
        public var mean: Double?
        /// The week's coefficient of variation, %.
        public var variation: Double?
        /// The normal range of the mean.
        public var range: ClosedRange<Double>?
        public var flag: Flag?
    }

    private var days = Ring<Double?>(capacity: 37, filler: nil)

    public init() {}

    /// Adds the next day.
    ///
    /// - Parameter lnRMSSD: Of RMSSD in ms; `nil` for a day without a valid recording, as is a value that is
    ///   not finite.
    /// - Returns: Where the athlete stands.
    public mutating func add(_ lnRMSSD: Double?) -> Day {
        days.append(lnRMSSD.flatMap { $0.isFinite ? $0 : nil })
        let weekStart = max(0, days.count - 7)
        let week = moments(weekStart..<days.count)
        let base = moments(0..<weekStart)
        var day = Day(week: week.count, base: base.count)
        if week.count >= 3 {
            day.mean = week.mean
            day.variation = week.mean == 0 ? nil : 100 * week.deviation / week.mean
        }
        if base.count >= 14 {
            day.range = (base.mean - base.deviation / 2)...(base.mean + base.deviation / 2)
        }
        if let mean = day.mean, let range = day.range {
            day.flag = mean < range.lowerBound ? .low : mean > range.upperBound ? .high : .normal
        }
        return day
    }

    private func moments(_ range: Range<Int>) -> (count: Int, mean: Double, deviation: Double) {
        var (count, mean, squares) = (0, 0.0, 0.0)
        for index in range {
            guard let value = days[index] else { continue }
            count += 1
            let delta = value - mean
            mean += delta / Double(count)
            squares += delta * (value - mean)
        }
        return (count, mean, count > 1 ? (squares / Double(count - 1)).squareRoot() : 0)
    }
}
