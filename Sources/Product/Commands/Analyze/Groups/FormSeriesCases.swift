import JSON
import Physiology
import Units

/// Means of running form over a recording, beside the device's own.
struct FormSeriesCases: CaseGroup {
    let name = "form_series"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let body = SpringMass.Body(
            mass: try reference.number("params", "mass"),
            leg: Distance(try reference.number("params", "leg_m"))
        )
        var summary = FormSummary(try reference.accepted(body, "mass or leg_m"))
        let names = ["speed_mps", "cadence_rpm", "gct_ms", "vo_mm", "lss_kn_m", "vertical_ratio_pct"]
        let columns = try names.map { try reference.series($0) }
        var stiffness: [Double] = []
        var ratio: [Double] = []
        for row in columns[0].indices {
            guard let speed = columns[0][row], let strides = columns[1][row], let contact = columns[2][row]
            else {
                summary.miss()
                continue
            }
            let sample = FormSummary.Sample(
                speed: Speed(speed),
                cadence: Cadence(StrideRate(strides)),
                contact: Interval(contact / 1_000),
                oscillation: columns[3][row].map { Distance($0 / 1_000) }
            )
            guard summary.add(sample) else { continue }
            stiffness += columns[4][row].map { [$0] } ?? []
            ratio += columns[5][row].map { [$0] } ?? []
        }
        return .members([
            "n": .count(summary.count),
            "kleg_mean_kn_m": .optional(summary.legStiffness?.value),
            "device_lss_mean": .optional(mean(stiffness)),
            "vertical_ratio_mean_pct": .optional(summary.verticalRatio?.value),
            "device_vertical_ratio_mean": .optional(mean(ratio)),
            "gct_mean_ms": .optional(summary.contact.map { 1_000 * $0.value }),
        ])
    }

    /// Besides the values: the ratio against that of the watch.
    func check(_ reference: ReferenceCase) throws -> [Difference] {
        let computed = try evaluate(reference)
        let limit = reference.tolerance["vertical_ratio_vs_device_rel"]?.number ?? 0
        var comparison = Comparison { tolerance(of: $0, in: reference) }
        comparison.compare(reference.expected, computed)
        var device = Comparison { _ in .relative(limit) }
        device.compare(
            reference.expected["device_vertical_ratio_mean"] ?? .null,
            computed["vertical_ratio_mean_pct"]
        )
        return comparison.differences + device.differences
    }

    func tolerance(of field: FieldPath, in reference: ReferenceCase) -> Tolerance {
        field.name == "n" ? .exact : .relative(reference.tolerance["rel"]?.number ?? 0)
    }

    private func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
