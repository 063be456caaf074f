public import Units

/// The highest mean power over each of some durations: the power-duration or mean-max curve.
///
///     best(d) = max over t of (W(t) − W(t − d)) / d       W: work up to second t, in J
///
/// In W, for one sample a second.
///
/// - First sample: a duration is told once that much time has passed; `nil` before.
/// - Gap: a missed second does no work. Windows across it are lower bounds: the curve tells what was done
///   for certain, and never falls.
/// - Out of range: power outside ``Plausible/power`` is a gap.
/// - Complexity: a subtraction for each duration a second; the ring of sums holds the longest duration,
///   29 kB for an hour. Sums of a day stay below 3e8 J, so they are exact to 1e-7 J.
/// - Source: the definition; the durations are those of practice.
public struct PowerDurationCurve: Hashable, Sendable {
    /// 1 s to 1 h.
    public static let standardDurations = [
        1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 480, 600, 720, 900, 1_200, 1_500,
        1_800, 2_400, 3_000, 3_600,
    ]

    /// Seconds, rising.
    public let durations: [Int]
    private var best: [Double]
    private var sums: [Double]
    private var work = 0.0
    private var seconds = 0

    /// - Parameter durations: Seconds. Those outside 1...14 400 are left out.
    public init(durations: [Int] = standardDurations) {
        self.durations = Array(Set(durations.filter { 1...14_400 ~= $0 })).sorted()
        best = Array(repeating: -1, count: self.durations.count)
        sums = Array(repeating: 0, count: (self.durations.last ?? 0) + 1)
    }

    /// The best mean over a duration; `nil` for a duration that is not watched or has not passed yet.
    public func power(over duration: Int) -> Power? {
        guard let index = durations.firstIndex(of: duration), best[index] >= 0 else { return nil }
        return Power(best[index])
    }

    /// Takes the power of the next second.
    public mutating func add(_ power: Power) {
        guard Plausible.power ~= power.value else { return miss() }
        work += power.value
        advance()
    }

    /// A second without a usable power.
    public mutating func miss() { advance() }

    private mutating func advance() {
        seconds += 1
        sums[seconds % sums.count] = work
        for index in durations.indices {
            let duration = durations[index]
            guard duration <= seconds else { return }
            let mean = (work - sums[(seconds - duration) % sums.count]) / Double(duration)
            if mean > best[index] { best[index] = mean }
        }
    }
}
