public import Wire

/// Counts efforts: a value that rises to a start bound, stays above a lower end bound, and lasts.
///
///     begins at value ≥ start, ends at value < end, counts when it lasted ≥ minimum
///
/// The same trace gives very different counts with other rules, so the rule belongs to the result. Standard:
/// high-speed run 5.5 / 5.0 m/s for 1 s, sprint 7.0 / 6.5 m/s for 1 s, acceleration 3 / 2 m/s² for 0.5 s.
///
/// - First sample: may begin an effort.
/// - Gap: ends an effort; it counts when it had lasted long enough by then.
/// - Out of range: a value that is not finite is a gap.
/// - Source: M. C. Varley et al., Int J Sports Med 38 (2017) 959 (how much the rules matter).
public struct EffortCounter: Hashable, Sendable {
    public struct Rule: Hashable, Sendable {
        public let start: Double
        public let end: Double
        public let minimum: Nanoseconds

        /// Fails unless the end bound is below the start bound or equal, and the minimum not negative.
        public init?(start: Double, end: Double, minimum: Nanoseconds) {
            guard end <= start, minimum >= 0 else { return nil }
            (self.start, self.end, self.minimum) = (start, end, minimum)
        }

        private init(_ start: Double, _ end: Double, _ minimum: Nanoseconds) {
            (self.start, self.end, self.minimum) = (start, end, minimum)
        }

        /// m/s
        public static let highSpeedRun = Rule(5.5, 5, .second)
        /// m/s
        public static let sprint = Rule(7, 6.5, .second)
        /// m/s²; a deceleration is one of the negative value.
        public static let acceleration = Rule(3, 2, 500 * .millisecond)
    }

    public let rule: Rule
    private var lasted: Nanoseconds?
    private var finished = 0

    public init(_ rule: Rule) { self.rule = rule }

    /// Efforts so far, with one that goes on and is long enough.
    public var count: Int { finished + (lasted.map { $0 >= rule.minimum } ?? false ? 1 : 0) }

    /// Whether the athlete is in an effort now, be it long enough or not.
    public var isActive: Bool { lasted != nil }

    /// Takes a value that held for `duration`.
    public mutating func add(_ value: Double, lasting duration: Nanoseconds) {
        guard value.isFinite else { return interrupt() }
        if lasted != nil, value < rule.end { interrupt() }
        if let so = lasted {
            lasted = so + duration
        } else if value >= rule.start {
            lasted = duration
        }
    }

    /// Ends the effort that goes on, if there is one.
    public mutating func interrupt() {
        finished = count
        lasted = nil
    }
}
