/// Long-term load, short-term load and what is left between them: CTL, ATL, TSB.
///
///     CTL: time constant 42 days      ATL: 7 days      TSB = CTL − ATL of the day before
///
/// A convention of practice: a description of load, no measure of fitness, fatigue or risk.
///
/// - First day: CTL and ATL from the seed; TSB is `nil`, for there is no day before.
/// - Gap, out of range: as in ``ExponentialLoad``.
/// - Source: GoldenCheetah's performance manager (the factors); E. W. Banister, T. W. Calvert (1980).
public struct TrainingBalance: Hashable, Sendable {
    private var long: ExponentialLoad
    private var short: ExponentialLoad
    /// Of the day before; `nil` on the first.
    public private(set) var balance: Double?

    /// - Parameter seed: The usual daily load before the first day.
    public init(seed: Double = 0) {
        long = ExponentialLoad(.timeConstant(42), seed: seed)
        short = ExponentialLoad(.timeConstant(7), seed: seed)
    }

    /// CTL
    public var chronic: Double { long.value }
    /// ATL
    public var acute: Double { short.value }

    /// Takes the load of the next day, unless it is implausible.
    public mutating func add(_ load: Double) {
        let before = long.days > 0 ? long.value - short.value : nil
        guard long.add(load) else { return }
        short.add(load)
        balance = before
    }
}
