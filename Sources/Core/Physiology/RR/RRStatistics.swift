internal import Glibc  // log only.

/// Heart-rate variability in the time domain, from running sums of intervals and of successive pairs.
///
///     HR     = 60000 / mean(RR)                       never the mean of 60000/RR, which is larger
///     SDNN   = SD(RR)                                 n − 1
///     RMSSD  = √(mean(d²)),  d = RR(i) − RR(i−1)
///     pNN50  = 100 · #(|d| > 50 ms) / #d              strictly more
///     SD1    = SD(d) / √2                             n − 1
///     SD2    = √(2·SDNN² − SD1²)
///
/// Times are ms, rates beats a minute. Whoever adds decides what a pair is: two beats that follow each other
/// and are both clean. With pairs left out, RMSSD is the mean over the pairs that remain; no interval is
/// invented. Sums are whole numbers of µs and µs², so what was added can be removed without a trace.
///
/// The first interval gives HR only; SDNN needs two, RMSSD one pair, SD1 two. What cannot be told is `nil`.
///
/// - Complexity: O(1) for each call, no allocation.
/// - Source: Task Force of ESC and NASPE, Circulation 93 (1996) 1043; SD1 and SD2: M. Brennan et al., IEEE
///   Trans. Biomed. Eng. 48 (2001) 1342. Equal to hrv-analysis, pyHRV and NeuroKit2 to 1e-6; NeuroKit2's
///   pNN50 divides by the number of beats instead.
public struct RRStatistics: Hashable, Sendable {
    public private(set) var beats = 0
    public private(set) var pairs = 0
    private var sum: Int64 = 0
    private var squares: Int64 = 0
    private var pairSum: Int64 = 0
    private var pairSquares: Int64 = 0
    private var widePairs = 0

    public init() {}

    /// Counts an interval.
    public mutating func add(_ interval: RRInterval) { count(interval, 1) }

    /// Counts the change from `earlier` to `later`.
    public mutating func addPair(_ earlier: RRInterval, _ later: RRInterval) { count(earlier, later, 1) }

    /// Takes back an interval that was added.
    public mutating func remove(_ interval: RRInterval) { count(interval, -1) }

    /// Takes back a pair that was added.
    public mutating func removePair(_ earlier: RRInterval, _ later: RRInterval) { count(earlier, later, -1) }

    private mutating func count(_ interval: RRInterval, _ sign: Int64) {
        beats += Int(sign)
        sum &+= sign * interval.microseconds
        squares &+= sign * interval.microseconds * interval.microseconds
    }

    private mutating func count(_ earlier: RRInterval, _ later: RRInterval, _ sign: Int64) {
        let change = later.microseconds - earlier.microseconds
        pairs += Int(sign)
        pairSum &+= sign * change
        pairSquares &+= sign * change * change
        if abs(change) > 50_000 { widePairs += Int(sign) }
    }

    /// The sum of the intervals, in µs.
    public var duration: Int64 { sum }

    /// ms.
    public var meanRR: Double? { beats > 0 ? Double(sum) / Double(beats) / 1000 : nil }
    /// Beats a minute.
    public var heartRate: Double? { meanRR.map { 60_000 / $0 } }
    /// ms.
    public var sdnn: Double? { Self.variance(beats, sum, squares)?.squareRoot() }
    /// SDNN over n instead of n − 1, ms.
    public var populationSDNN: Double? {
        Self.variance(beats, sum, squares).map { ($0 * Double(beats - 1) / Double(beats)).squareRoot() }
    }
    /// ms.
    public var rmssd: Double? {
        pairs > 0 ? (Double(pairSquares) / Double(pairs)).squareRoot() / 1000 : nil
    }
    /// Of RMSSD in ms; `nil` when that is 0.
    public var lnRMSSD: Double? { rmssd.flatMap { $0 > 0 ? log($0) : nil } }
    /// %.
    public var pNN50: Double? { pairs > 0 ? 100 * Double(widePairs) / Double(pairs) : nil }
    /// The width of the Poincaré plot, ms.
    public var sd1: Double? {
        Self.variance(pairs, pairSum, pairSquares).map { ($0 / 2).squareRoot() }
    }
    /// The length of the Poincaré plot, ms; `nil` when SD1 alone explains more than there is.
    public var sd2: Double? {
        guard let sdnn, let sd1, 2 * sdnn * sdnn >= sd1 * sd1 else { return nil }
        return (2 * sdnn * sdnn - sd1 * sd1).squareRoot()
    }

    /// In ms², n − 1. The sums are exact; the subtraction costs 1e-16 · mean²/variance.
    private static func variance(_ count: Int, _ sum: Int64, _ squares: Int64) -> Double? {
        guard count > 1 else { return nil }
        let mean = Double(sum) / Double(count)
        return max(0, (Double(squares) - Double(sum) * mean) / Double(count - 1)) / 1e6
    }
}
