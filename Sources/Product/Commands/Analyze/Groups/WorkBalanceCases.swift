import JSON
import Physiology
import Units

/// W′ balance in its three forms.
struct WorkBalanceCases: CaseGroup {
    let name = "wbal"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let tau = Interval(try reference.number("params", "tau_integral_s"))
        let integral = try series(reference, .integral(timeConstant: tau))
        let differential = try series(reference, .differential)
        let exact = try series(reference, .exactStep)
        return .members([
            "index": reference.expected["index"] ?? .null,
            "integral_skiba2012": integral.values,
            "differential_2015": differential.values,
            "differential_exact_step": exact.values,
            "min_integral": .real(integral.minimum),
            "min_differential": .real(differential.minimum),
            "min_exact_step": .real(exact.minimum),
        ])
    }

    func tolerance(of field: FieldPath, in reference: ReferenceCase) -> Tolerance {
        guard let share = reference.tolerance["rel_to_w_prime"]?.number,
            let capacity = reference.parameters["w_prime_j"]?.number
        else { return .exact }
        return .absolute(share * capacity)
    }

    /// The balance after the seconds that `expected.index` names.
    private func series(
        _ reference: ReferenceCase,
        _ form: WorkBalance.Form
    ) throws -> (values: JSONValue, minimum: Double) {
        var balance = try reference.accepted(
            WorkBalance(
                critical: Power(reference.number("params", "cp")),
                capacity: reference.number("params", "w_prime_j"),
                form: form
            ),
            "cp or w_prime_j"
        )
        var values: [Double] = []
        for power in try reference.series() {
            balance.add(Power(power ?? 0))
            values.append(balance.balance)
        }
        let indices = (reference.expected["index"]?.elements ?? []).compactMap(\.number)
        let chosen = indices.map { index in
            Int(exactly: index).flatMap { values.indices.contains($0) ? values[$0] : nil }
        }
        return (.optionals(chosen), balance.minimum)
    }
}
