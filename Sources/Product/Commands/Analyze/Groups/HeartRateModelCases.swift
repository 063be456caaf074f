import JSON
import Physiology
import Units

/// The first-order response of the heart rate: fitted over a grid, and learnt step by step.
struct HeartRateModelCases: CaseGroup {
    let name = "hr_model"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let columns = try reference.columns()
        guard columns.count == 2 else { throw CommandFailure("input.column names no two columns") }
        var model = HeartRateFit()
        var filter = HeartRateFilter()
        var errors: [Double] = []
        for (rate, effort) in zip(columns[0], columns[1]) {
            model.add(effort: effort, rate.map { HeartRate($0) })
            guard let rate, let effort else {
                filter.interrupt()
                continue
            }
            errors += filter.add(effort: effort, HeartRate(rate)).map { [$0] } ?? []
        }
        let half = errors.dropFirst(columns[0].count / 2)
        let square = half.reduce(0) { $0 + $1 * $1 } / Double(max(1, half.count))
        let fit = model.fit
        return .members([
            "batch": .members([
                "tau_s": .optional(fit?.timeConstant.value),
                "gain": .optional(fit?.gain),
                "base": .optional(fit?.base.value),
                "rmse_bpm": .optional(fit?.error.value),
            ]),
            "rls_theta_a_b_c": .numbers([filter.factors.x, filter.factors.y, filter.factors.z]),
            "rls_one_step_rmse_second_half": .real(square.squareRoot()),
        ])
    }

    /// The fit is held against the reference's own fit with the limits that the case states for the truth.
    func tolerance(of field: FieldPath, in reference: ReferenceCase) -> Tolerance {
        func limit(_ key: String) -> Double { reference.tolerance[key]?.number ?? 0 }
        return switch field.name {
        case "tau_s": .absolute(limit("tau_abs_if_truth"))
        case "gain", "base": .relative(limit("gain_rel_if_truth"))
        case "rmse_bpm": .relative(limit("batch_rmse_rel"))
        default: .relative(limit("rls_rel"))
        }
    }

    /// Besides the values: the truth, where it is known.
    func check(_ reference: ReferenceCase) throws -> [Difference] {
        let computed = try evaluate(reference)
        var comparison = Comparison { tolerance(of: $0, in: reference) }
        comparison.compare(reference.expected, computed)
        let truth = (reference.members["truth"] ?? .null).members.filter { $0.key != "base" }
        var against = Comparison { tolerance(of: $0, in: reference) }
        if !truth.isEmpty { against.compare(.object(truth), computed["batch"]) }
        return comparison.differences + against.differences
    }
}
