internal import Glibc
public import Units
internal import Wire

/// W′ balance: the work above critical power that is left, in J, from one sample a second.
///
///     integral (Skiba 2012)       W = W′ − S,   S ← S · e^(−1/τ) + max(0, P − CP)
///                                 τ = 546 · e^(−0.01 · (CP − mean P below CP)) + 316   s
///     differential (Skiba 2015)   P ≥ CP: W ← W − (P − CP);   else W ← W + (CP − P) · (W′ − W) / W′
///     exact step                  as the differential one, with the recovery of a second solved exactly:
///                                 W′ − W ← (W′ − W) · e^(−(CP − P) / W′)
///
/// The exact step is the live choice: it needs no τ, and it cannot overshoot. The forms differ by
/// kilojoules on the same ride, so the form is stored with the value.
///
/// An estimate of a reserve. In running it did not predict exhaustion; a negative balance says that CP or
/// W′ is entered too low, and is told, not clipped.
///
/// - First sample: starts from a full W′.
/// - Gap: the balance freezes. No recovery is credited for a lost radio link.
/// - Out of range: power outside ``Plausible/power`` is a gap.
/// - Source: P. F. Skiba, W. Chidnok, A. Vanhatalo, A. M. Jones, Med Sci Sports Exerc 44 (2012) 1526;
///   P. F. Skiba, J. Fulford, D. C. Clarke, A. Vanhatalo, A. M. Jones, Eur J Appl Physiol 115 (2015) 703.
///   Equal to sweat 0.25.0.
public struct WorkBalance: Hashable, Sendable {
    public enum Form: Hashable, Sendable {
        /// With τ in s, at least 1.
        case integral(timeConstant: Interval)
        case differential
        case exactStep
    }

    /// CP
    public let critical: Power
    /// W′ in J
    public let capacity: Double
    public let form: Form
    private let decay: Double
    private var deficit = 0.0
    /// The lowest balance so far, in J.
    public private(set) var minimum: Double
    public private(set) var coverage = Coverage()

    /// Fails unless CP is 20...1000 W and W′ 1...100 kJ.
    ///
    /// - Parameters:
    ///   - critical: CP.
    ///   - capacity: W′ in J.
    ///   - form: Which of the three.
    public init?(critical: Power, capacity: Double, form: Form = .exactStep) {
        guard 20...1_000 ~= critical.value, 1_000...100_000 ~= capacity else { return nil }
        (self.critical, self.capacity, self.form) = (critical, capacity, form)
        minimum = capacity
        if case .integral(let constant) = form { decay = exp(-1 / max(1, constant.value)) } else { decay = 1 }
    }

    /// What is left, in J. Negative when more was spent than there was.
    public var balance: Double { capacity - deficit }

    /// What is left of W′, 100 % and less.
    public var share: Share { Share(100 * balance / capacity) }

    /// τ of the integral form.
    ///
    /// - Parameters:
    ///   - critical: CP.
    ///   - meanBelow: The mean of all powers below it, best of the whole session before.
    /// - Returns: In s, 316...862.
    public static func timeConstant(critical: Power, meanBelow: Power) -> Interval {
        Interval(546 * exp(-0.01 * max(0, critical.value - meanBelow.value)) + 316)
    }

    /// Takes the power of the next second.
    public mutating func add(_ power: Power) {
        guard Plausible.power ~= power.value else { return miss() }
        let excess = power.value - critical.value
        switch form {
        case .integral: deficit = deficit * decay + max(0, excess)
        case .differential: deficit += excess >= 0 ? excess : excess * deficit / capacity
        case .exactStep: deficit = excess >= 0 ? deficit + excess : deficit * exp(excess / capacity)
        }
        minimum = min(minimum, balance)
        coverage.add(.second)
    }

    /// A second without a usable power.
    public mutating func miss() { coverage.miss(.second) }
}
