public import Units

/// The mean power of the last seconds: what a coach's tile shows over 3, 10 or 30 s.
///
///     mean = Σ P / n      over the samples of the last `window` seconds
///
/// In W, for one sample a second. For display only: totals take the samples themselves.
///
/// - First sample: is the mean.
/// - Gap: a missed second leaves the window smaller; `nil` when less than half of it is left.
/// - Out of range: power outside ``Plausible/power`` is a gap.
/// - Complexity: a ring, rebuilt sums at each turn.
/// - Source: the definition.
public struct RollingPower: Hashable, Sendable {
    private var ring: [Double]
    private var next = 0
    private var sum = 0.0
    private var present = 0
    private var seconds = 0

    /// - Parameter window: Seconds, clamped to 1...120.
    public init(window: Int) {
        ring = Array(repeating: -1, count: min(max(window, 1), 120))
    }

    public var mean: Power? {
        present > 0 && 2 * present >= min(seconds, ring.count) ? Power(sum / Double(present)) : nil
    }

    /// Takes the power of the next second.
    public mutating func add(_ power: Power) {
        advance(Plausible.power ~= power.value ? power.value : -1)
    }

    /// A second without a usable power.
    public mutating func miss() { advance(-1) }

    /// −1 stands for a missed second.
    private mutating func advance(_ value: Double) {
        ring[next] = value
        next = (next + 1) % ring.count
        seconds = min(seconds + 1, ring.count)
        // At most 120 additions; never a drifting difference.
        (sum, present) = ring.reduce(into: (0.0, 0)) { total, value in
            if value >= 0 { total = (total.0 + value, total.1 + 1) }
        }
    }
}
