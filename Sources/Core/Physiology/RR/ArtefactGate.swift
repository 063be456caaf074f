/// Tells clean beats from artefacts as they arrive, without waiting for later beats.
///
///     artefact:  RR outside 300...2000 ms,  or  |RR − m| > max(f·m, min(0.18·m, 5 · 1.4826 · MAD))
///
/// `m` and MAD are median and median absolute deviation of the 11 raw intervals before this one;
/// `f` = 0.05 for m ≤ 500 ms, rising to 0.15 at m ≥ 750 ms: a beat at rest may differ by what breathing does
/// to it, one in hard exercise may not. The median is of raw intervals, so the gate cannot lock out after a
/// real change of pace: it follows within 6 beats. Until there are 5 intervals before, only the range counts.
///
/// What comes out is a verdict, never another interval. Statistics leave out a flagged beat and both pairs
/// that touch it. A gap needs no call here: the rhythm after it is much like that before.
///
/// Measured on 40 seeds with 13 injected artefacts each (ectopic, missed, extra, misplaced): mean error of
/// RMSSD 1.4 % at rest, 0.7 % at rest with deep breathing, 0.6 % easy, 0.3 % hard; raw 290...1000 %.
///
/// - Complexity: about 50 compares a beat, no allocation.
/// - Source: own, after the threshold rules of Malik and of exercise apps; factors from injection
///   experiments. The cap of 0.18·m and the exclusion of the judged beat from its own window halve the error
///   at rest.
public struct ArtefactGate: Sendable {
    public enum Verdict: Hashable, Sendable {
        case clean
        /// Outside 300...2000 ms.
        case outOfRange
        /// Too far from the beats before.
        case irregular
    }

    private var recent = SortedWindow(capacity: 11)

    public init() {}

    /// Judges the next interval.
    public mutating func judge(_ interval: RRInterval) -> Verdict {
        let value = interval.milliseconds
        defer { recent.add(value) }
        guard (300...2000).contains(value) else { return .outOfRange }
        guard recent.count >= 5, let median = recent.median, let deviation = recent.medianDeviation else {
            return .clean
        }
        let share = 0.05 + 0.10 * min(max((median - 500) / 250, 0), 1)
        let limit = max(share * median, min(0.18 * median, 5 * 1.4826 * deviation))
        return abs(value - median) > limit ? .irregular : .clean
    }
}
