public import Units

/// The runner as a mass on a spring, from contact time, cadence and speed.
///
///     Fmax   = m·g·π/2 · (tf/tc + 1)                   N
///     Δy     = Fmax·tc² / (m·π²) − g·tc²/8              m, how far the centre of mass sinks
///     ΔL     = L − √(L² − (v·tc/2)²) + Δy               m, how far the leg is compressed
///     kvert  = Fmax / Δy      kleg = Fmax / ΔL
///
/// tc contact, tf = 60/cadence − tc flight, L leg length, g 9.81 m/s². Bias −0.7...−6.9 % against a force
/// plate; not valid on slopes. The stiffness that a foot pod tells comes from another model (14.0 against
/// 10.7 kN/m on the same run): the two must never share a series.
///
/// - Out of range: `nil` for implausible inputs, without a flight phase (walking), and when a foot would
///   reach further than the leg is long.
/// - Source: J.-B. Morin, G. Dalleau, H. Kyröläinen, T. Jeannin, A. Belli, J Appl Biomech 21 (2005) 167.
public struct SpringMass: Hashable, Sendable {
    /// N
    public let peakForce: Double
    /// Δy
    public let sinking: Distance
    /// ΔL
    public let compression: Distance

    public var verticalStiffness: Stiffness { Stiffness(peakForce / sinking.value / 1_000) }
    public var legStiffness: Stiffness { Stiffness(peakForce / compression.value / 1_000) }

    /// The body that runs.
    public struct Body: Hashable, Sendable {
        /// kg
        public let mass: Double
        public let leg: Distance

        /// Fails for a mass outside ``Plausible/mass`` or a leg outside 0.4...1.4 m.
        public init?(mass: Double, leg: Distance) {
            guard Plausible.mass ~= mass, 0.4...1.4 ~= leg.value else { return nil }
            (self.mass, self.leg) = (mass, leg)
        }

        /// With a leg of 0.53 of the height.
        public init?(mass: Double, height: Distance) {
            self.init(mass: mass, leg: height * 0.53)
        }
    }

    /// - Parameters:
    ///   - body: Mass and leg.
    ///   - speed: At least 0.
    ///   - contact: tc, 0.1...0.5 s.
    ///   - flight: tf, above 0 and below 0.5 s.
    public init?(_ body: Body, speed: Speed, contact: Interval, flight: Interval) {
        let (tc, tf, g) = (contact.value, flight.value, 9.81)
        let half = speed.value * tc / 2
        guard Plausible.speed ~= speed.value, Plausible.groundContact ~= 1_000 * tc, tf > 0, tf < 0.5,
            half < body.leg.value
        else { return nil }
        peakForce = body.mass * g * .pi / 2 * (tf / tc + 1)
        let sinking = peakForce * tc * tc / (body.mass * .pi * .pi) - g * tc * tc / 8
        let leg = body.leg.value
        self.sinking = Distance(sinking)
        compression = Distance(leg - (leg * leg - half * half).squareRoot() + sinking)
    }

    /// From what sensors tell.
    ///
    /// - Parameters:
    ///   - body: Mass and leg.
    ///   - speed: At least 0.
    ///   - contact: Ground contact time, 0.1...0.5 s.
    ///   - cadence: Steps of both feet.
    public init?(_ body: Body, speed: Speed, contact: Interval, cadence: Cadence) {
        guard Plausible.cadence ~= cadence.value else { return nil }
        let flight = Interval(60 / cadence.value - contact.value)
        self.init(body, speed: speed, contact: contact, flight: flight)
    }
}
