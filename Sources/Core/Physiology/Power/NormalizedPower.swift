public import Units

/// Normalized power: the steady power that would have cost as much.
///
///     NP = (mean of (trailing 30 s mean)^4)^(1/4)
///
/// In W, for one sample a second. The trailing means of the first 29 s can be counted in three ways; over
/// more than an hour the forms differ by less than 0.6 W.
///
/// - First sample: ``Start/fullWindows`` (the standard) waits for 30 s.
/// - Gap: the window starts anew behind it; the mean goes on.
/// - Out of range: power outside ``Plausible/power`` is a gap.
/// - Complexity: a ring of 30, an addition, a subtraction and three products a second. The running sum is
///   rebuilt at each turn of the ring, so nothing drifts.
/// - Source: A. R. Coggan in H. Allen, A. Coggan, Training and Racing with a Power Meter (2003). Checked
///   against the figures of two bicycle computers: within 1 W.
public struct NormalizedPower: Hashable, Sendable {
    public enum Start: Hashable, Sendable {
        /// A window counts once it holds 30 s.
        case fullWindows
        /// A shorter window counts with the mean of what it holds.
        case partialWindows
        /// As if the seconds before the start had been 0 W.
        case zeroHistory
    }

    private let start: Start
    private var ring = [Double](repeating: 0, count: 30)
    private var next = 0
    private var filled = 0
    private var sum = 0.0
    private var fourths = 0.0
    /// How many windows were counted.
    public private(set) var windows = 0

    public init(_ start: Start = .fullWindows) { self.start = start }

    /// `nil` before the first window.
    public var power: Power? {
        windows > 0 ? Power((fourths / Double(windows)).squareRoot().squareRoot()) : nil
    }

    /// The mean of the last 30 s; `nil` while the window is not full.
    public var trailingMean: Power? { filled == 30 ? Power(sum / 30) : nil }

    /// Takes the power of the next second.
    public mutating func add(_ power: Power) {
        guard Plausible.power ~= power.value else { return interrupt() }
        sum += power.value - ring[next]
        ring[next] = power.value
        next = (next + 1) % 30
        if next == 0 { sum = ring.reduce(0, +) }
        filled = min(filled + 1, 30)
        switch start {
        case .fullWindows where filled == 30: count(sum / 30)
        case .fullWindows: break
        case .partialWindows: count(sum / Double(filled))
        case .zeroHistory: count(sum / 30)
        }
    }

    /// A second, or more, without a usable power.
    public mutating func interrupt() {
        for index in ring.indices { ring[index] = 0 }
        (next, filled, sum) = (0, 0, 0)
    }

    private mutating func count(_ mean: Double) {
        fourths += mean * mean * (mean * mean)
        windows += 1
    }
}
