internal import Glibc
public import Units

extension Position {
    /// The great-circle distance on a sphere of 6 371 008.8 m (haversine).
    ///
    ///     d = 2R · asin √(sin²(Δφ/2) + cos φ1 · cos φ2 · sin²(Δλ/2))
    ///
    /// Up to 0.5 % from the geodesic, 0.1 % in the middle latitudes. Equal to geopy's great_circle.
    ///
    /// - Source: R. W. Sinnott, Sky and Telescope 68 (1984) 159; the radius is the IUGG mean.
    public func greatCircle(to other: Position) -> Distance {
        let (latitude1, latitude2) = (radians(latitude), radians(other.latitude))
        let across = sin((latitude2 - latitude1) / 2)
        let along = sin(radians(other.longitude - longitude) / 2)
        let root = across * across + cos(latitude1) * cos(latitude2) * along * along
        return Distance(2 * 6_371_008.8 * asin(min(1, root).squareRoot()))
    }
}

func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
