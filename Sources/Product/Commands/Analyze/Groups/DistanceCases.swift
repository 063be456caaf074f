import JSON
import Physiology
import Units
import Wire

/// Distances along positions: on the sphere, and as the product sums them.
struct DistanceCases: CaseGroup {
    let name = "gps_distance"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let columns = try reference.columns()
        let times = try reference.series("t_s")
        guard columns.count == 2 else { throw CommandFailure("input.column names no two columns") }
        var sphere = Distance(0)
        var path = PathLength()
        var last: Position?
        for (index, time) in times.enumerated() {
            guard let time, let latitude = columns[0][index], let longitude = columns[1][index],
                let position = Position(latitude: latitude, longitude: longitude)
            else { continue }
            if let last { sphere = sphere + last.greatCircle(to: position) }
            last = position
            path.add(position, at: reference.instant(time))
        }
        return .members([
            "haversine_r6371008.8": .real(sphere.value),
            "geodesic_wgs84": .real(path.total.value),
            "local_wgs84_projection": .real(path.total.value),
            "device_distance_column": .real(path.total.value),
        ])
    }

    /// The product's own sum is held against the geodesic, the other plane and the device.
    func tolerance(of field: FieldPath, in reference: ReferenceCase) -> Tolerance {
        let key =
            switch field.name {
            case "haversine_r6371008.8": "haversine_rel"
            case "device_distance_column": "device_rel"
            default: "local_vs_geodesic_rel"
            }
        return .relative(reference.tolerance[key]?.number ?? 0)
    }
}
