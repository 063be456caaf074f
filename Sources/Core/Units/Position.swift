/// A place on the ellipsoid of WGS 84.
public struct Position: Hashable, Sendable {
    /// Degrees, −90...90, north positive.
    public let latitude: Double
    /// Degrees, −180...180, east positive.
    public let longitude: Double

    /// Creates a position, or returns `nil` when it lies on no map.
    public init?(latitude: Double, longitude: Double) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        (self.latitude, self.longitude) = (latitude, longitude)
    }
}
