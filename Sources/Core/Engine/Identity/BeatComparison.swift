/// Whether two sensors tell the beats of one heart: the sequences of their intervals, laid over each other.
///
/// One strap that sends over two radios works out each interval from the same beats, so both tell it within
/// rounding, and the *sum* of the differences since any beat stays within rounding too. Two hearts may have
/// the same rate for minutes, but each beat of one is free against the other: the sum of their differences is
/// a random walk with the variance v = σ₁² + σ₂² a beat, and leaves any window soon.
///
/// **How sure.** For two hearts of the same mean rate (others leave sooner) the chance that the sum stays
/// within a window of w = 5 ticks of 1/1024 s for another beat is the largest eigenvalue λ of the normal kernel
/// of variance v on an interval of that width. In bits, and within 8 % for σ = 0.5 to 40 ticks (computed):
///
///     −log₂ λ ≈ 7.12 v / (w + 1.17 √v)²
///
/// Each beat that agrees is worth nine tenths of that, at most 4 bits, with v = 2 · min(σ₁², σ₂²): the livelier
/// of two hearts must not lend its liveliness to the other. A restless heart is recognised by some 15 beats, a
/// heart at its limit by some hundred, and intervals that do not vary (computed by a watch from its rate) never.
/// Each time that the sequences are laid over each other anew costs ``alignmentCost`` bits, more than the
/// log₂ of the ways in which that is tried. So after n beats of one of two different hearts they count as one
/// with a chance of at most n · 2^−bits: for 48 bits, 1,600 pairs and the 300 beats of two minutes 2·10⁻⁹ a
/// session.
///
/// **Loss.** One radio knows where it misses beats, the other does not. Either way the run ends; what it has
/// proved stays, and the sequences are laid over each other anew, by so many beats as one radio can be behind.
///
/// - Complexity: of a beat, O(1) while a run goes on, else some 20 short attempts.
public struct BeatComparison: Hashable, Sendable {
    /// So many intervals that agree start a run.
    static let runMinimum = 8
    /// The second sensor is up to so many beats behind the first, or ahead of it.
    static let behindMaximum = 16
    static let aheadMaximum = 4
    /// The sums of a run lie within so many ticks: two roundings by each of the two.
    static let spread = 4
    /// log₂ of 21 ways to lay them, and 4 bits to spare.
    static let alignmentCost: Float = 9
    static let bitsPerBeatMaximum: Float = 4
    static let bitsMaximum: Float = 200
    /// After so many beats of a run its sums are counted anew, for two crystals that drift apart by up to
    /// 40 ppm; that costs log₂ 5.
    static let runLength = 64
    static let renewalCost: Float = 2.4
    /// How far back a run is looked for.
    private static let lookBack = 40

    /// What has been proved so far, bits.
    public private(set) var bits: Float = 0
    /// Beats of the second sensor that found no place although both sequences had no gap, less what agreed.
    public private(set) var doubt: Float = 0
    /// Whether a run goes on.
    public private(set) var isAligned = false

    /// The next beats to compare, while a run goes on.
    private var first = 0
    private var second = 0
    /// Beats of the second sensor below this have been counted.
    private var counted = 0
    private var run = 0
    /// The sum of the differences, and the range in which it was.
    private var sum = 0
    private var low = 0
    private var high = 0

    public init() {}

    /// Takes in what has been appended to either since the last time.
    public mutating func follow(_ a: BeatTrace, _ b: BeatTrace) {
        let value = Self.bitsPerBeat(min(a.variance, b.variance))
        if isAligned { goOn(a, b, value) }
        guard !isAligned else { return }
        let news = b.end - max(second, 0)
        guard news > 0 else { return }
        second = b.end
        if align(a, b, value) { return }
        if a.clean >= Self.runMinimum + Self.aheadMaximum, b.clean >= Self.runMinimum {
            doubt += Float(news)
        }
    }

    /// What an interval that agrees is worth, if the calmer of both has this variance.
    static func bitsPerBeat(_ variance: Float) -> Float {
        let v = 2 * variance
        let width = 5 + 1.17 * v.squareRoot()
        return min(0.9 * 7.12 * v / (width * width), bitsPerBeatMaximum)
    }

    private mutating func goOn(_ a: BeatTrace, _ b: BeatTrace, _ value: Float) {
        while first < a.end, second < b.end {
            guard first >= a.start, second >= b.start, a[first] > 0, b[second] > 0 else { return end() }
            sum += a[first] - b[second]
            (low, high) = (min(low, sum), max(high, sum))
            guard high - low <= Self.spread else { return end() }
            first += 1
            second += 1
            count(1, value)
            run += 1
            if run == Self.runLength {
                (run, sum, low, high) = (0, 0, 0, 0)
                bits = max(0, bits - Self.renewalCost)
            }
        }
    }

    private mutating func end() {
        isAligned = false
        // The beats that ended the run are looked at anew, and those that it had passed are not counted twice.
        counted = max(counted, second)
    }

    private mutating func count(_ beats: Int, _ value: Float) {
        bits = min(bits + Float(beats) * value, Self.bitsMaximum)
        doubt = max(0, doubt - Float(beats) * value)
    }

    /// Lays the sequences over each other where the longest run up to now fits.
    private mutating func align(_ a: BeatTrace, _ b: BeatTrace, _ value: Float) -> Bool {
        var best = (length: 0, shift: 0, sum: 0, low: 0, high: 0)
        for behind in -Self.aheadMaximum...Self.behindMaximum {
            // The beat n of the second is the beat n + shift of the first.
            let shift = a.end - behind - b.end
            let fit = Self.fit(a, b, shift: shift)
            if fit.length > best.length { best = (fit.length, shift, fit.sum, fit.low, fit.high) }
        }
        guard best.length >= Self.runMinimum else { return false }
        (first, second) = (min(a.end, b.end + best.shift), min(a.end - best.shift, b.end))
        let uncounted = max(0, min(best.length, second - counted))
        counted = max(counted, second)
        bits = max(0, bits - Self.alignmentCost)
        count(uncounted, value)
        // Backwards the sums had the other sign; from here they go on at 0.
        (sum, low, high) = (0, -best.high, -best.low)
        run = min(best.length, Self.runLength - 1)
        isAligned = true
        return true
    }

    /// How many intervals agree, from the newest that both have backwards.
    private static func fit(
        _ a: BeatTrace,
        _ b: BeatTrace,
        shift: Int
    ) -> (length: Int, sum: Int, low: Int, high: Int) {
        let end = min(a.end - shift, b.end)
        let start = max(a.start - shift, b.start, end - lookBack)
        var (length, sum, low, high) = (0, 0, 0, 0)
        var number = end - 1
        while number >= start {
            let (x, y) = (a[number + shift], b[number])
            guard x > 0, y > 0 else { break }
            let next = sum + x - y
            guard max(high, next) - min(low, next) <= spread else { break }
            (sum, low, high) = (next, min(low, next), max(high, next))
            length += 1
            number -= 1
        }
        return (length, sum, low, high)
    }
}
