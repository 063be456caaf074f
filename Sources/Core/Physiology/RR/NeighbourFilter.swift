/// Finds ectopic beats by their two neighbours: |RR − mean of both| < 20 % of that mean (Karlsson).
///
/// It answers one beat late. The first interval passes; so does the last, which has no later neighbour.
/// Neighbours are raw, and one that was discarded before (`nil`) discards this one too.
///
/// - Complexity: O(1).
/// - Source: M. Karlsson et al., BioMed. Eng. OnLine 11 (2012) 2; the form is that of hrv-analysis 1.0.5.
public struct NeighbourFilter: Sendable {
    private var before: RRInterval??
    private var middle: RRInterval??

    public init() {}

    /// What to do with the interval before the one that was given.
    public enum Answer: Hashable, Sendable {
        /// There is none yet.
        case nothing
        case keep(RRInterval)
        case discard
    }

    public mutating func filter(_ interval: RRInterval?) -> Answer {
        defer { (before, middle) = (middle, .some(interval)) }
        guard let candidate = middle else { return .nothing }
        guard let earlier = before else { return candidate.map { .keep($0) } ?? .discard }
        guard let earlier, let candidate, let interval else { return .discard }
        let mean = Double(earlier.microseconds + interval.microseconds) / 2
        return abs(mean - Double(candidate.microseconds)) < 0.2 * mean ? .keep(candidate) : .discard
    }

    /// The answer for the last interval of a recording.
    public func finish() -> Answer {
        guard let candidate = middle else { return .nothing }
        return candidate.map { .keep($0) } ?? .discard
    }
}
