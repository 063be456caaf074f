import JSON
import Physiology
import Units
import Wire

/// Normalized power and what follows from it; the power-duration curve. Missing power is 0 W here.
struct PowerSummaryCases: CaseGroup {
    let name = "power_summary"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let threshold = Power(try reference.number("params", "threshold_w"))
        var summary = try reference.accepted(PowerSummary(threshold: threshold), "threshold_w")
        var partial = NormalizedPower(.partialWindows)
        var history = NormalizedPower(.zeroHistory)
        let durations = reference.expected["mean_max_w"]?.members.map(\.key) ?? []
        var curve = PowerDurationCurve(durations: durations.compactMap { Int($0) })
        for power in try reference.series().map({ Power($0 ?? 0) }) {
            summary.add(power)
            partial.add(power)
            history.add(power)
            curve.add(power)
        }
        let best = durations.map { key in
            JSONMember(key: key, value: .optional(Int(key).flatMap { curve.power(over: $0)?.value }))
        }
        return .members([
            "mean_power": .optional(summary.mean?.value),
            "np_full_windows": .optional(summary.normalized.power?.value),
            "np_partial": .optional(partial.power?.value),
            "np_zero_history": .optional(history.power?.value),
            "if": .optional(summary.intensity),
            "tss": .optional(summary.stress),
            "vi": .optional(summary.variability),
            "mean_max_w": .object(best),
            "work_kj": .real(summary.work / 1_000),
        ])
    }

    /// Besides the values, what the device itself computed.
    func check(_ reference: ReferenceCase) throws -> [Difference] {
        let computed = try evaluate(reference)
        var comparison = Comparison { tolerance(of: $0, in: reference) }
        comparison.compare(reference.expected, computed)
        let limits = reference.tolerance["device"] ?? .null
        var device = Comparison { field in
            switch field.name {
            case "normalized_power": .absolute(limits["np_w"]?.number ?? 0)
            case "training_stress_score": .relative(limits["tss_rel"]?.number ?? 0)
            default: .absolute(limits["if_abs"]?.number ?? 0)
            }
        }
        let told = (reference.members["device"] ?? .null).members.filter {
            ["normalized_power", "training_stress_score", "intensity_factor"].contains($0.key)
                && $0.value.number != nil
        }
        device.compare(
            .object(told),
            .members([
                "normalized_power": computed["np_full_windows"] ?? .null,
                "training_stress_score": computed["tss"] ?? .null,
                "intensity_factor": computed["if"] ?? .null,
            ])
        )
        return comparison.differences + device.differences
    }
}
