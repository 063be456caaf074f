/// Rules that compare an interval with the one before, as a share of that one.
///
/// - Source: Task Force 1996 (Malik, 20 %); M. Kamath and E. Fallen, 1995 (Kamath). The forms are those of
///   hrv-analysis 1.0.5.
public enum SuccessiveRule: Hashable, Sendable {
    /// |change| ≤ 20 %.
    case malik
    /// −24.5 % ≤ change ≤ +32.5 %.
    case kamath
    /// |change| ≤ a share of its own: 0.05 in exercise apps. At rest 5 % takes breathing for artefacts and
    /// makes RMSSD a third to two thirds too small.
    case share(Double)

    func allows(_ earlier: RRInterval, _ later: RRInterval) -> Bool {
        let change = Double(later.microseconds - earlier.microseconds) / Double(earlier.microseconds)
        switch self {
        case .malik: return abs(change) <= 0.2
        case .kamath: return (-0.245...0.325).contains(change)
        case .share(let share): return abs(change) <= share
        }
    }
}

/// Finds ectopic beats by a ``SuccessiveRule``, from beat to beat.
///
/// `nil` stands for an interval that was discarded before. The first interval passes. By Malik and Kamath
/// the interval after a discarded one passes unchecked, as in hrv-analysis: it has nothing to be compared
/// with.
///
/// - Complexity: O(1).
public struct SuccessiveFilter: Sendable {
    private let rule: SuccessiveRule
    /// Check also after a discarded interval, against the raw one before.
    private let isStrict: Bool
    private var before: RRInterval?
    private var isFirst = true
    private var skips = false

    public init(_ rule: SuccessiveRule, isStrict: Bool = false) {
        (self.rule, self.isStrict) = (rule, isStrict)
    }

    /// - Parameter interval: The next one.
    /// - Returns: The same, or `nil` when it is to be discarded.
    public mutating func filter(_ interval: RRInterval?) -> RRInterval? {
        defer {
            before = interval
            isFirst = false
        }
        if isFirst { return interval }
        if skips {
            skips = false
            return interval
        }
        if let before, let interval, rule.allows(before, interval) { return interval }
        skips = !isStrict
        return nil
    }
}
