public import Units
internal import Wire

/// How much the heart drifts away from the power at a steady effort (Pa:HR).
///
///     decoupling = 100 · (EF1 − EF2) / EF1      %; EF of ``EfficiencyFactor``
///
/// Above 5 % an effort is called above aerobic durability: a convention, not the result of a trial; heat
/// alone gives 5...10 %. Meant for steady efforts of 40 minutes and more, without the warm-up.
///
/// Two forms. ``ofHalves(_:)`` splits a finished effort by the number of its samples with a heart rate. Live
/// that split is not known, so the value compares the last ten minutes with minutes 10...20.
///
/// - First sample: live, `nil` until minute 30.
/// - Gap: adds to no factor. A period of ten minutes with less than 80 % coverage gives no value.
/// - Out of range: as in ``EfficiencyFactor``.
/// - Complexity: live, a ring of sixty sums over 10 s each.
/// - Source: J. Friel, The Cyclist's Training Bible; the halves as in GoldenCheetah's aerobic decoupling.
public struct Decoupling: Hashable, Sendable {
    /// Power or speed with the heart rate of the same second.
    public struct Sample: Hashable, Sendable {
        public let output: Double
        public let rate: HeartRate

        public init(output: Double, rate: HeartRate) { (self.output, self.rate) = (output, rate) }
    }

    /// The efficiency of both halves; each `nil` when it cannot be told.
    public struct Halves: Hashable, Sendable {
        public let first: Double?
        public let second: Double?
        public var decoupling: Share? { Decoupling.share(first, second) }
    }

    /// Splits a finished effort. Samples without a plausible rate do not count.
    public static func ofHalves(_ samples: [Sample]) -> Halves {
        let usable = samples.filter { Plausible.heartRate ~= $0.rate.value }
        func factor(_ part: ArraySlice<Sample>) -> Double? {
            var factor = EfficiencyFactor()
            for sample in part { factor.add(sample.output, sample.rate, lasting: .second) }
            return factor.value
        }
        let half = usable.count / 2
        return Halves(first: factor(usable[..<half]), second: factor(usable[half...]))
    }

    private static let period = 600
    private static let slot = 10

    private struct Sums: Hashable {
        var outputs = 0.0
        var beats = 0.0
        var seconds = 0
    }

    private var ring = [Sums](repeating: Sums(), count: period / slot)
    private var baseline = Sums()
    private var seconds = 0

    public init() {}

    /// The live form, in %; positive when the heart works more for the same.
    public var live: Share? {
        guard seconds >= 3 * Self.period else { return nil }
        let recent = ring.reduce(into: Sums()) { Self.merge($1, into: &$0) }
        return Self.share(Self.factor(baseline), Self.factor(recent))
    }

    /// Takes the next second.
    public mutating func add(_ output: Double, _ rate: HeartRate) {
        guard Plausible.power ~= output, Plausible.heartRate ~= rate.value else { return miss() }
        advance(Sums(outputs: output, beats: rate.value, seconds: 1))
    }

    /// A second without one of the two.
    public mutating func miss() { advance(Sums()) }

    private mutating func advance(_ sums: Sums) {
        let index = seconds / Self.slot % ring.count
        if seconds.isMultiple(of: Self.slot) { ring[index] = Sums() }
        Self.merge(sums, into: &ring[index])
        if Self.period..<2 * Self.period ~= seconds { Self.merge(sums, into: &baseline) }
        seconds += 1
    }

    private static func merge(_ sums: Sums, into total: inout Sums) {
        total.outputs += sums.outputs
        total.beats += sums.beats
        total.seconds += sums.seconds
    }

    private static func factor(_ sums: Sums) -> Double? {
        // The ring always lacks the part of a slot that is still to come.
        sums.seconds >= (period - slot) * 8 / 10 ? sums.outputs / sums.beats : nil
    }

    private static func share(_ first: Double?, _ second: Double?) -> Share? {
        guard let first, let second, first > 1e-9 else { return nil }
        return Share(100 * (first - second) / first)
    }
}
