import Wire

/// Whether two sensors tell the beats of one heart: the sequences of their intervals, laid over each other.
///
/// One strap that sends over two radios works out each interval from the same beats, so both tell it within
/// rounding, and the *sum* of the differences since any beat stays within rounding too. Two hearts may have
/// the same rate for minutes, but each beat of one is free against the other: the sum of their differences is
/// a random walk with the variance v = σ₁² + σ₂² a beat, and leaves any window soon. There are two sums, for
/// straps that tell both radios the same ticks of 1/1024 s, and for those that round each interval by itself
/// or have two crystals; the second forgets a sixteenth with each beat:
///
///     exact   s ← s + RR₁ − RR₂             = 0
///     wide    s ← s · 15/16 + RR₁ − RR₂     within ±2.5 ticks
///
/// **How sure.** For two hearts of the same mean rate (others leave sooner) the chance that a sum stays
/// within its window for another beat is the largest eigenvalue λ of the normal kernel of variance v, with
/// the pull of the wide sum towards 0, times the chance that rounding to ticks lets it pass. In bits,
/// computed for √v = 0.35 to 40 ticks, −log₂ λ is never less than
///
///     exact   0.9 · 7.12 v / (1.5 + 1.17 √v)²
///     wide    0.9 · 7.12 v / (5 + 1.17 √v)² − 0.032
///
/// Each beat that agrees is worth that, at most 4 bits, with v = 2 · min(σ₁², σ₂²): the livelier of two
/// hearts must not lend its liveliness to the other. The better sum counts. A restless heart is recognised
/// by some 20 beats, one at its limit by 60 exact or some hundred rounded ones, and intervals that do not
/// vary (computed by a watch from its rate) never. Each time that a sum begins anew costs ``alignmentCost``
/// bits, log₂ of the 21 ways in which the sequences are laid over each other and a little more. So two
/// different hearts compared over n beats count as one with a chance of at most 2 n · 2^−bits: for 42 bits,
/// 1,600 pairs of nothing but equal rates and the 300 beats of two minutes 2·10⁻⁷ a session.
///
/// **Loss.** One radio knows where it misses beats, the other does not. Either way the run ends; what it
/// has proved stays, and the sequences are laid over each other anew, by so many beats as one radio can be
/// behind.
///
/// - Complexity: of a beat, O(1) while a run goes on, else some 20 short attempts.
public struct BeatComparison: Hashable, Sendable {
    /// So many intervals that agree start a run.
    static let runMinimum = 8
    /// The second sensor is up to so many beats behind the first, or ahead of it.
    static let behindMaximum = 16
    static let aheadMaximum = 4
    /// The wide sum of a run lies within ± so many ticks: two roundings by each of the two.
    static let tolerance: Float = 2.5
    /// What the wide sum keeps from beat to beat.
    static let memory: Float = 15.0 / 16
    static let alignmentCost: Float = 5
    static let bitsPerBeatMaximum: Float = 4
    static let bitsMaximum: Float = 200
    /// A sensor that told its newest beat longer ago may have missed some since.
    static let freshness = 2 * Nanoseconds.second
    /// How far back a run is looked for.
    private static let lookBack = 40

    /// What each sum has proved so far, bits.
    private var exactBits: Float = 0
    private var wideBits: Float = 0
    /// What has been proved so far.
    public var bits: Float { max(exactBits, wideBits) }
    /// Beats of the second sensor that found no place although both sequences had no gap, less what agreed.
    public private(set) var doubt: Float = 0
    /// Whether a run goes on.
    public private(set) var isAligned = false

    /// The next beats to compare, while a run goes on.
    private var first = 0
    private var second = 0
    /// Beats of the second sensor below this have been counted.
    private var counted = 0
    /// The sums of the differences.
    private var exactSum = 0
    private var wideSum: Float = 0

    public init() {}

    /// Takes in what has been appended to either since the last time.
    public mutating func follow(_ a: BeatTrace, _ b: BeatTrace) {
        let variance = 2 * min(a.variance, b.variance)
        let value = Value(exact: Self.exactBits(variance), wide: Self.wideBits(variance))
        if isAligned { goOn(a, b, value) }
        guard !isAligned else { return }
        let news = b.end - max(second, 0)
        guard news > 0 else { return }
        second = b.end
        if align(a, b, value) { return }
        // Only where the beats of both are known: the first may be silent, and not yet know what it missed.
        guard let theirs = a.newest, let own = b.newest, own - theirs < Self.freshness else { return }
        if a.clean >= Self.runMinimum + Self.aheadMaximum, b.clean >= Self.runMinimum {
            doubt += Float(news)
        }
    }

    /// What an interval that agrees is worth.
    private struct Value {
        var exact, wide: Float
    }

    /// With this variance of the differences.
    static func exactBits(_ variance: Float) -> Float {
        let width = 1.5 + 1.17 * variance.squareRoot()
        return min(0.9 * 7.12 * variance / (width * width), bitsPerBeatMaximum)
    }

    static func wideBits(_ variance: Float) -> Float {
        let width = 5 + 1.17 * variance.squareRoot()
        return min(max(0, 0.9 * 7.12 * variance / (width * width) - 0.032), bitsPerBeatMaximum)
    }

    private mutating func goOn(_ a: BeatTrace, _ b: BeatTrace, _ value: Value) {
        while first < a.end, second < b.end {
            guard first >= a.start, second >= b.start, a[first] > 0, b[second] > 0 else { return end() }
            let difference = a[first] - b[second]
            wideSum = wideSum * Self.memory + Float(difference)
            guard abs(wideSum) <= Self.tolerance else { return end() }
            first += 1
            second += 1
            count(difference, value)
        }
    }

    private mutating func end() {
        isAligned = false
        // The beats that ended the run are looked at anew, and those that it had passed are not counted
        // twice.
        counted = max(counted, second)
    }

    /// Counts an interval that agrees.
    private mutating func count(_ difference: Int, _ value: Value) {
        wideBits = min(wideBits + value.wide, Self.bitsMaximum)
        exactSum += difference
        doubt = max(0, doubt - (exactSum == 0 ? value.exact : value.wide))
        if exactSum == 0 {
            exactBits = min(exactBits + value.exact, Self.bitsMaximum)
        } else {
            exactSum = 0
            exactBits = max(0, exactBits - Self.alignmentCost)
        }
    }

    /// Lays the sequences over each other where the longest run up to now fits.
    private mutating func align(_ a: BeatTrace, _ b: BeatTrace, _ value: Value) -> Bool {
        var best = (length: 0, shift: 0)
        for behind in -Self.aheadMaximum...Self.behindMaximum {
            // The beat n of the second is the beat n + shift of the first.
            let shift = a.end - behind - b.end
            let length = Self.agreeing(a, b, shift: shift)
            if length > best.length { best = (length, shift) }
        }
        guard best.length >= Self.runMinimum else { return false }
        (first, second) = (min(a.end, b.end + best.shift), min(a.end - best.shift, b.end))
        (exactBits, wideBits) = (
            max(0, exactBits - Self.alignmentCost), max(0, wideBits - Self.alignmentCost)
        )
        (exactSum, wideSum, isAligned) = (0, 0, true)
        for number in min(second, max(counted, second - best.length))..<second {
            count(a[number + best.shift] - b[number], value)
        }
        counted = max(counted, second)
        return true
    }

    /// How many intervals agree, from the newest that both have backwards.
    private static func agreeing(_ a: BeatTrace, _ b: BeatTrace, shift: Int) -> Int {
        let end = min(a.end - shift, b.end)
        let start = max(a.start - shift, b.start, end - lookBack)
        var (length, sum): (Int, Float) = (0, 0)
        var number = end - 1
        while number >= start, a[number + shift] > 0, b[number] > 0 {
            sum = sum * memory + Float(a[number + shift] - b[number])
            guard abs(sum) <= tolerance else { break }
            length += 1
            number -= 1
        }
        return length
    }
}
