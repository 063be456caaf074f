public import Units
internal import Wire

/// What a session's power amounts to, from one sample a second.
///
///     mean            = Σ P / n
///     work            = Σ P · 1 s                        J
///     intensity       = NP / threshold                   IF
///     stress          = 100 · hours · intensity²         TSS
///     variability     = NP / mean                        VI
///
/// Missing power is no zero: whoever knows that the athlete stood (cadence 0) adds 0 W, else the second is
/// missed.
///
/// - First sample: mean and work start with it; what needs NP waits for 30 s.
/// - Gap: ``miss()`` adds to the coverage; hours are measured hours.
/// - Out of range: power outside ``Plausible/power`` is a gap.
/// - Source: A. R. Coggan in H. Allen, A. Coggan, Training and Racing with a Power Meter (2003). Equal to
///   two bicycle computers within 1 W (NP) and 1 % (TSS).
public struct PowerSummary: Hashable, Sendable {
    /// The power that can be held for about an hour.
    public let threshold: Power
    public private(set) var normalized: NormalizedPower
    /// J; never falls.
    public private(set) var work = 0.0
    public private(set) var coverage = Coverage()

    /// Fails unless the threshold is 20...1000 W.
    public init?(threshold: Power, start: NormalizedPower.Start = .fullWindows) {
        guard 20...1_000 ~= threshold.value else { return nil }
        self.threshold = threshold
        normalized = NormalizedPower(start)
    }

    public var mean: Power? {
        coverage.measured > 0 ? Power(work / coverage.measured.seconds) : nil
    }

    /// IF
    public var intensity: Double? { normalized.power.map { $0.value / threshold.value } }

    /// TSS
    public var stress: Double? {
        intensity.map { 100 * coverage.measured.seconds / 3_600 * $0 * $0 }
    }

    /// VI; `nil` also while nothing but 0 W was measured.
    public var variability: Double? {
        guard let power = normalized.power, let mean, mean.value > 0 else { return nil }
        return power.value / mean.value
    }

    /// Takes the power of the next second.
    public mutating func add(_ power: Power) {
        guard Plausible.power ~= power.value else { return miss() }
        normalized.add(power)
        work += power.value
        coverage.add(.second)
    }

    /// A second without a usable power.
    public mutating func miss() {
        normalized.interrupt()
        coverage.miss(.second)
    }
}
