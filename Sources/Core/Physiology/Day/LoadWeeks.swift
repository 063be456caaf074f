/// The loads of the last four weeks, and what is said about them: load ratio, monotony, strain.
///
///     coupled ratio    = mean of 7 days / mean of the same 7 and the 21 before
///     uncoupled ratio  = mean of 7 days / mean of the 21 before
///     monotony         = mean / SD of 7 days (n − 1)
///     strain           = sum of 7 days · monotony
///
/// The ratio describes a change of load. Coupled it correlates with itself, and neither form predicts
/// injury; it may not be shown as a risk. Monotony above 2 is a caution by convention.
///
/// - First days: monotony from the 7th on, ratios from the 28th; `nil` before.
/// - Gap: a day without training is 0 and must be added.
/// - Out of range: a load outside ``ExponentialLoad/plausible`` is refused and changes nothing.
/// - Undefined: with equal loads the SD is 0, and monotony and strain are `nil`; so is a ratio over 0.
/// - Complexity: a ring of 28 numbers, at most 28 additions a day.
/// - Source: C. Foster, Med Sci Sports Exerc 30 (1998) 1164 (monotony, strain); T. J. Gabbett, Br J Sports
///   Med 50 (2016) 273 (ratio); L. Lolli et al., Br J Sports Med 53 (2019) 921, and F. M. Impellizzeri et
///   al., Int J Sports Physiol Perform 15 (2020) 907 (why it says little).
public struct LoadWeeks: Hashable, Sendable {
    private var ring = [Double](repeating: 0, count: 28)
    public private(set) var days = 0

    public init() {}

    /// Takes the load of the next day, unless it is implausible.
    public mutating func add(_ load: Double) {
        guard ExponentialLoad.plausible ~= load else { return }
        ring[days % 28] = load
        days += 1
    }

    public var coupledRatio: Double? {
        days >= 28 ? Self.ratio(sum(of: 7) / 7, sum(of: 28) / 28) : nil
    }

    public var uncoupledRatio: Double? {
        days >= 28 ? Self.ratio(sum(of: 7) / 7, (sum(of: 28) - sum(of: 7)) / 21) : nil
    }

    public var monotony: Double? {
        guard days >= 7 else { return nil }
        let mean = sum(of: 7) / 7
        let squares = (1...7).reduce(0) { $0 + (load(ago: $1) - mean) * (load(ago: $1) - mean) }
        // The loads are read to a tenth at best: an SD below that is none.
        let deviation = (squares / 6).squareRoot()
        return deviation > 1e-6 ? mean / deviation : nil
    }

    public var strain: Double? { monotony.map { sum(of: 7) * $0 } }

    /// The load of the last day (1), the one before (2), ...
    private func load(ago days: Int) -> Double { ring[(self.days - days) % 28] }

    private func sum(of days: Int) -> Double { (1...days).reduce(0) { $0 + load(ago: $1) } }

    /// A mean that is only rounding error is 0.
    private static func ratio(_ acute: Double, _ chronic: Double) -> Double? {
        chronic > 1e-6 ? acute / chronic : nil
    }
}
