public import Units
internal import Wire

/// The means of running form over the seconds in which the athlete really ran.
///
/// A second counts with contact above 100 ms, speed above 1.5 m/s, cadence above 120 step/min and a flight
/// phase: pods tell zeros at starts and stops, and a walk has another form.
///
/// - First sample: is the mean.
/// - Gap, out of range: ``miss()`` and seconds that do not count add to the coverage and to no mean.
/// - Source: the rule of the reference notes (section 5); stiffness of ``SpringMass``.
public struct FormSummary: Hashable, Sendable {
    /// What the sensors told of one second.
    public struct Sample: Hashable, Sendable {
        public let speed: Speed
        public let cadence: Cadence
        public let contact: Interval
        public var oscillation: Distance?

        public init(speed: Speed, cadence: Cadence, contact: Interval, oscillation: Distance? = nil) {
            (self.speed, self.cadence) = (speed, cadence)
            (self.contact, self.oscillation) = (contact, oscillation)
        }
    }

    private let body: SpringMass.Body
    /// Seconds that count.
    public private(set) var count = 0
    public private(set) var coverage = Coverage()
    private var contacts = 0.0
    private var stiffnesses = 0.0
    private var ratios = 0.0
    private var ratioCount = 0

    public init(_ body: SpringMass.Body) { self.body = body }

    public var contact: Interval? { count > 0 ? Interval(contacts / Double(count)) : nil }
    public var legStiffness: Stiffness? { count > 0 ? Stiffness(stiffnesses / Double(count)) : nil }
    public var verticalRatio: Share? { ratioCount > 0 ? Share(ratios / Double(ratioCount)) : nil }

    /// Takes the next second.
    ///
    /// - Returns: Whether it counts.
    @discardableResult
    public mutating func add(_ sample: Sample) -> Bool {
        guard sample.contact.value > 0.1, sample.speed.value > 1.5, sample.cadence.value > 120,
            let spring = SpringMass(
                body,
                speed: sample.speed,
                contact: sample.contact,
                cadence: sample.cadence
            )
        else {
            miss()
            return false
        }
        count += 1
        coverage.add(.second)
        contacts += sample.contact.value
        stiffnesses += spring.legStiffness.value
        let ratio = sample.oscillation.flatMap {
            VerticalRatio.share(oscillation: $0, speed: sample.speed, cadence: sample.cadence)
        }
        if let ratio {
            ratios += ratio.value
            ratioCount += 1
        }
        return true
    }

    /// A second without the figures.
    public mutating func miss() { coverage.miss(.second) }
}
