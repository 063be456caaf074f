internal import Glibc
public import Units
public import Wire

/// Training impulse after Banister, summed sample by sample.
///
///     TRIMP = Σ Δt · x · A · e^(B·x)      Δt in minutes, x = ``HeartRateRange/fraction(of:)``
///
/// In arbitrary units. The sum over samples is larger than the form with the session's mean rate
/// (75.5 against 74.1 on a steady run, 360 against 340 on intervals): the two must not be mixed, and only
/// this one is kept. Check: 150 beat/min for 30 min, rest 50, maximum 190, man: 54.05.
///
/// - First sample: counts like any other.
/// - Gap: ``miss(_:)`` adds to the coverage and not to the impulse.
/// - Out of range: x is clipped to 0...1; a rate outside ``Plausible/heartRate`` is a gap.
/// - Source: E. W. Banister, in: Physiological Testing of Elite Athletes (1991); R. H. Morton,
///   J. R. Fitz-Clarke, E. W. Banister, J Appl Physiol 69 (1990) 1171.
public struct BanisterImpulse: Hashable, Sendable {
    public let range: HeartRateRange
    public let weights: ImpulseWeights
    /// Never falls.
    public private(set) var total = 0.0
    public private(set) var coverage = Coverage()

    public init(_ range: HeartRateRange, weights: ImpulseWeights) {
        (self.range, self.weights) = (range, weights)
    }

    /// Counts a rate that held for `duration`.
    public mutating func add(_ rate: HeartRate, lasting duration: Nanoseconds) {
        guard Plausible.heartRate ~= rate.value else { return miss(duration) }
        coverage.add(duration)
        let x = range.fraction(of: rate)
        total += duration.minutes * x * weights.factor * exp(weights.exponent * x)
    }

    public mutating func miss(_ duration: Nanoseconds) { coverage.miss(duration) }
}

/// How much an impulse weighs at each fraction x of the reserve: A · e^(B·x).
public struct ImpulseWeights: Hashable, Sendable {
    /// A
    public let factor: Double
    /// B
    public let exponent: Double

    private init(_ factor: Double, _ exponent: Double) { (self.factor, self.exponent) = (factor, exponent) }

    /// Men: A 0.64, B 1.92.
    public static let men = ImpulseWeights(0.64, 1.92)
    /// Women: A 0.86, B 1.67. Programs that keep 0.64 here tell 25 % less.
    public static let women = ImpulseWeights(0.86, 1.67)

    /// Own weights. Fails unless A is 0.001...10 and B 0...10.
    public init?(factor: Double, exponent: Double) {
        guard 0.001...10 ~= factor, 0...10 ~= exponent else { return nil }
        self.init(factor, exponent)
    }

    /// The athlete's own weights (iTRIMP): the least-squares line of ln(lactate) over x, from a step test.
    ///
    /// Fails for fewer than 3 steps, for x outside 0...1 or all alike, for lactate outside 0.2...30 mmol/l,
    /// and when lactate does not rise with x.
    ///
    /// Source: V. Manzi et al., Am J Physiol Heart Circ Physiol 296 (2009) H1733.
    public init?(steps: [(fraction: Double, lactate: Double)]) {
        guard steps.allSatisfy({ 0...1 ~= $0.fraction && 0.2...30 ~= $0.lactate }),
            let line = Line(fitting: steps.map { ($0.fraction, log($0.lactate)) }), line.count >= 3
        else { return nil }
        self.init(factor: exp(line.intercept), exponent: line.slope)
    }
}
