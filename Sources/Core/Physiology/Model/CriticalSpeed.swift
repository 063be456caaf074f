public import Units

/// Critical speed CS and the distance above it D′, from maximal efforts.
///
///     d = CS · t + D′      least squares of distance over time
///
/// CS in m/s, D′ in m. CS repeats within 0.4 %, D′ only within 13 %. From training data CS explains about
/// 70 % of the variance of marathon times, with an error of about 8 %: say a range. A marathon is run at
/// 84.8 ± 13.6 % of CS.
///
/// - Needs two efforts of different length; three within 90 days to mean anything.
/// - Out of range: `nil` when an effort is outside 30 s...2 h or faster than ``Plausible/speed``, when there
///   are more than 1000, and when CS comes out at 0 or below or D′ below 0.
/// - Source: A. Galbraith, J. Hopker, S. Lelliott, L. Diddams, L. Passfield, Int J Sports Physiol Perform 9
///   (2014) 931; B. Smyth, D. Muniz-Pumares, Med Sci Sports Exerc 52 (2020) 2637 (marathon).
public struct CriticalSpeed: Hashable, Sendable {
    /// A maximal effort.
    public struct Effort: Hashable, Sendable {
        public let distance: Distance
        public let duration: Interval

        public init(distance: Distance, duration: Interval) {
            (self.distance, self.duration) = (distance, duration)
        }
    }

    public let speed: Speed
    /// D′
    public let reserve: Distance

    public init?(_ efforts: [Effort]) {
        guard efforts.count <= 1_000,
            efforts.allSatisfy({
                30...7_200 ~= $0.duration.value && $0.distance.value > 0
                    && Plausible.speed ~= $0.distance.value / $0.duration.value
            }),
            let line = Line(fitting: efforts.map { ($0.duration.value, $0.distance.value) }),
            line.slope > 0, line.intercept >= 0
        else { return nil }
        (speed, reserve) = (Speed(line.slope), Distance(line.intercept))
    }
}
