public import Units
public import Wire

/// The distance run in each zone of speed, and the highest speed.
///
///     distance = Σ v · Δt
///
/// Zone 0 lies below the first bound; a speed on a bound belongs to the upper zone. The standard bounds are
/// 2, 4, 5.5 and 7 m/s (7.2, 14.4, 19.8 and 25.2 km/h); from 5.5 m/s on it is high-speed running.
///
/// - First sample: counts like any other.
/// - Gap: ``miss(_:)`` adds to the coverage and to no zone.
/// - Out of range: a speed outside ``Plausible/speed`` is a gap.
/// - Source: section 4 of the reference notes. Bounds are a convention; women often use 5.3 and 6.3 m/s.
public struct SpeedZoneDistances: Hashable, Sendable {
    public static let standardBounds = [2.0, 4, 5.5, 7].map { Speed($0) }

    /// Rising.
    public let bounds: [Speed]
    /// One more than bounds; none ever falls.
    public private(set) var distances: [Distance]
    public private(set) var highest: Speed?
    public private(set) var coverage = Coverage()

    /// Fails unless there are 1...10 bounds that rise and are plausible.
    public init?(bounds: [Speed] = standardBounds) {
        guard 1...10 ~= bounds.count, bounds.allSatisfy({ Plausible.speed ~= $0.value }),
            zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        self.bounds = bounds
        distances = Array(repeating: Distance(0), count: bounds.count + 1)
    }

    public var total: Distance { distances.reduce(Distance(0), +) }

    /// Counts a speed that held for `duration`.
    public mutating func add(_ speed: Speed, lasting duration: Nanoseconds) {
        guard Plausible.speed ~= speed.value else { return miss(duration) }
        coverage.add(duration)
        var zone = 0
        while zone < bounds.count, speed >= bounds[zone] { zone += 1 }
        distances[zone] = distances[zone] + Distance(speed.value * duration.seconds)
        highest = max(highest ?? speed, speed)
    }

    public mutating func miss(_ duration: Nanoseconds) { coverage.miss(duration) }
}
