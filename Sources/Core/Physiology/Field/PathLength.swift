public import Units
public import Wire

/// The distance along positions, from point to point.
///
/// The plane is that of ``LocalProjection``, laid anew when the athlete has left its origin by 0.01° (about a
/// kilometre), so a long run stays within 1e-5 of the geodesic.
///
/// - First position: begins the path and adds nothing.
/// - Gap: after more than 10 s without a position the path begins anew; the way between is missed. Its
///   straight line is no lower bound to trust, since the first fix after a gap is often a bad one.
/// - Out of range: a step that would need more than 12.5 m/s is a jump: it is counted, adds nothing, and
///   the next step starts from the old place. After three jumps in a row the new place is believed, and the
///   path begins anew there.
/// - Standing: with the speed of the sensor given, steps at 0.5 m/s and below add nothing, for they are
///   jitter of the fix.
/// - Source: section 4 of the reference notes; within 1.7 % of the device's distance on four runs.
public struct PathLength: Sendable {
    /// Slower is standing.
    public static let standing = Speed(0.5)
    private static let longestStep = 10 * Nanoseconds.second
    /// How many jumps in a row it takes to believe the new place.
    private static let patience = 3

    private var projection: LocalProjection?
    private var last: (position: Position, time: Instant)?
    private var jumpsInRow = 0
    /// m; never falls.
    public private(set) var total = Distance(0)
    public private(set) var jumps = 0
    public private(set) var coverage = Coverage()

    public init() {}

    /// Takes the next position.
    ///
    /// - Parameters:
    ///   - position: Where.
    ///   - time: When. A time not after that of the position before is ignored.
    ///   - speed: What the receiver measured by Doppler, when it tells.
    public mutating func add(_ position: Position, at time: Instant, speed: Speed? = nil) {
        guard let last else { return begin(position, time) }
        let elapsed = time - last.time
        guard elapsed > 0 else { return }
        guard elapsed <= Self.longestStep else {
            coverage.miss(min(elapsed, 24 * .hour))
            return begin(position, time)
        }
        let step = distance(last.position, position)
        guard step.value <= Plausible.speed.upperBound * elapsed.seconds else {
            jumps += 1
            jumpsInRow += 1
            guard jumpsInRow >= Self.patience else { return }
            coverage.miss(elapsed)
            return begin(position, time)
        }
        jumpsInRow = 0
        coverage.add(elapsed)
        self.last = (position, time)
        if speed.map({ $0 > Self.standing }) ?? true { total = total + step }
    }

    private mutating func begin(_ position: Position, _ time: Instant) {
        jumpsInRow = 0
        last = (position, time)
    }

    private mutating func distance(_ a: Position, _ b: Position) -> Distance {
        if let projection, abs(projection.origin.latitude - a.latitude) < 0.01 {
            return projection.distance(a, b)
        }
        let plane = LocalProjection(origin: a)
        projection = plane
        return plane.distance(a, b)
    }
}
