/// The load ratio from exponential means over spans of 7 and 28 days.
///
///     ratio = EWMA7 / EWMA28
///
/// A description of a change of load, no risk: see ``LoadWeeks``.
///
/// - First days: the ratio is `nil` before the 28th day, and while nothing was loaded at all.
/// - Gap, out of range: as in ``ExponentialLoad``.
/// - Source: N. B. Murray, T. J. Gabbett, A. D. Townshend, P. Blanch, Br J Sports Med 51 (2017) 749.
public struct LoadRatio: Hashable, Sendable {
    public private(set) var acute = ExponentialLoad(.span(7))
    public private(set) var chronic = ExponentialLoad(.span(28))

    public init() {}

    public var ratio: Double? {
        chronic.days >= 28 && chronic.value > 1e-6 ? acute.value / chronic.value : nil
    }

    /// Takes the load of the next day, unless it is implausible.
    public mutating func add(_ load: Double) {
        acute.add(load)
        chronic.add(load)
    }
}
