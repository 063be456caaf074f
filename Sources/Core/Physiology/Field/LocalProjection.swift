internal import Glibc
public import Units

/// A plane that touches the WGS-84 ellipsoid, for distances of a few kilometres.
///
///     x = N · cos φ0 · Δλ      y = M · Δφ
///     N = a / √(1 − e²·sin²φ0)      M = a · (1 − e²) / (1 − e²·sin²φ0)^(3/2)
///
/// Within 1e-4 of the geodesic over 10 km; two multiplications for a position.
///
/// - Source: the radii of curvature of the ellipsoid, NGA.STND.0036 (WGS 84): a 6 378 137 m,
///   1/f 298.257223563.
public struct LocalProjection: Hashable, Sendable {
    public let origin: Position
    private let metresPerDegreeEast, metresPerDegreeNorth: Double

    public init(origin: Position) {
        self.origin = origin
        let flattening = 1 / 298.257_223_563
        let eccentricity = flattening * (2 - flattening)
        let sine = sin(radians(origin.latitude))
        let w = 1 - eccentricity * sine * sine
        let prime = 6_378_137 / w.squareRoot()
        metresPerDegreeEast = radians(prime * cos(radians(origin.latitude)))
        metresPerDegreeNorth = radians(prime * (1 - eccentricity) / w)
    }

    /// Metres east and north of the origin.
    public func point(_ position: Position) -> (east: Double, north: Double) {
        (
            (position.longitude - origin.longitude) * metresPerDegreeEast,
            (position.latitude - origin.latitude) * metresPerDegreeNorth
        )
    }

    /// Between two positions near the origin.
    public func distance(_ a: Position, _ b: Position) -> Distance {
        let east = (b.longitude - a.longitude) * metresPerDegreeEast
        let north = (b.latitude - a.latitude) * metresPerDegreeNorth
        return Distance((east * east + north * north).squareRoot())
    }
}
