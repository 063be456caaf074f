public import Units
public import Wire

/// Metabolic power of running with accelerations: an estimate for comparing an athlete with himself.
///
///     ES = a / g                      equivalent slope, for the cost clipped to ±0.45
///     EM = √(ES² + 1)                 equivalent mass
///     EC = (155.4·ES⁵ − 30.4·ES⁴ − 43.3·ES³ + 46.3·ES² + 19.5·ES + 3.6) · EM · KT     J/kg/m
///     P  = EC · v                     W/kg; high from 20 W/kg on
///
/// g 9.81 m/s², KT 1.29 on grass. The polynomial was measured for slopes up to ±0.45; beyond, it explodes.
/// Independent checks found errors of 6...52 %: no absolute use.
///
/// - First sample: counts like any other.
/// - Gap: ``miss(_:)`` adds to the coverage and to no total.
/// - Out of range: a speed outside ``Plausible/speed`` or an acceleration beyond ±20 m/s² is a gap.
/// - Source: P. E. di Prampero et al., J Exp Biol 208 (2005) 2809; C. Osgnach, S. Poser, R. Bernardini,
///   R. Rinaldo, P. E. di Prampero, Med Sci Sports Exerc 42 (2010) 170; the polynomial: A. E. Minetti et
///   al., J Appl Physiol 93 (2002) 1039.
public struct MetabolicPower: Hashable, Sendable {
    /// W/kg
    public static let high = 20.0
    /// KT on grass.
    public static let grass = 1.29

    /// J/kg; never falls.
    public private(set) var energy = 0.0
    /// The distance run at ``high`` and above; never falls.
    public private(set) var highDistance = Distance(0)
    public private(set) var coverage = Coverage()

    public init() {}

    /// W/kg; `nil` before the first sample.
    public var mean: Double? { coverage.measured > 0 ? energy / coverage.measured.seconds : nil }

    /// The power at one moment.
    ///
    /// - Parameters:
    ///   - speed: Of the athlete.
    ///   - acceleration: m/s².
    /// - Returns: W/kg; `nil` out of range.
    public static func power(_ speed: Speed, acceleration: Double) -> Double? {
        guard Plausible.speed ~= speed.value, -20...20 ~= acceleration else { return nil }
        let slope = acceleration / 9.81
        let mass = (slope * slope + 1).squareRoot()
        let x = min(0.45, max(-0.45, slope))
        let cost = ((((155.4 * x - 30.4) * x - 43.3) * x + 46.3) * x + 19.5) * x + 3.6
        return cost * mass * grass * speed.value
    }

    /// Counts a motion that held for `duration`.
    public mutating func add(_ motion: AccelerationTrace.Motion, lasting duration: Nanoseconds) {
        guard let power = Self.power(motion.speed, acceleration: motion.acceleration) else {
            return miss(duration)
        }
        coverage.add(duration)
        energy += power * duration.seconds
        guard power >= Self.high else { return }
        highDistance = highDistance + Distance(motion.speed.value * duration.seconds)
    }

    public mutating func miss(_ duration: Nanoseconds) { coverage.miss(duration) }
}
