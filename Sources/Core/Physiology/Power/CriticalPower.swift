public import Units

/// Critical power CP and the work above it W′, from maximal efforts of 2...20 minutes.
///
///     work–time      W = W′ + CP · t      least squares of work over time
///     inverse time   P = CP + W′ / t      least squares of power over 1/t
///
/// CP in W, W′ in J. The two weight the efforts differently and give different numbers from the same
/// points: the method is part of the result. From foot pods W′ is low and noisy.
///
/// - Needs two efforts of different length; three and more to mean anything.
/// - Out of range: `nil` when an effort is outside 30 s...1 h or ``Plausible/power``, when there are more
///   than 1000, and when CP comes out at 0 or below or W′ below 0.
/// - Source: H. Monod, J. Scherrer, Ergonomics 8 (1965) 329; T. Moritani et al., Ergonomics 24 (1981) 339.
public struct CriticalPower: Hashable, Sendable {
    public enum Method: Hashable, Sendable {
        case workTime
        case inverseTime
    }

    /// A maximal effort.
    public struct Effort: Hashable, Sendable {
        public let duration: Interval
        public let power: Power

        public init(duration: Interval, power: Power) { (self.duration, self.power) = (duration, power) }
    }

    public let method: Method
    public let power: Power
    /// W′ in J
    public let capacity: Double

    public init?(_ efforts: [Effort], method: Method) {
        guard efforts.count <= 1_000,
            efforts.allSatisfy({ 30...3_600 ~= $0.duration.value && Plausible.power ~= $0.power.value })
        else { return nil }
        switch method {
        case .workTime:
            let points = efforts.map { ($0.duration.value, $0.power.value * $0.duration.value) }
            guard let line = Line(fitting: points), line.slope > 0, line.intercept >= 0 else { return nil }
            (power, capacity) = (Power(line.slope), line.intercept)
        case .inverseTime:
            let points = efforts.map { (1 / $0.duration.value, $0.power.value) }
            guard let line = Line(fitting: points), line.intercept > 0, line.slope >= 0 else { return nil }
            (power, capacity) = (Power(line.intercept), line.slope)
        }
        self.method = method
    }
}
