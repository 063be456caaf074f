import JSON
import Physiology
import Units

/// Efficiency of two halves, and how far it fell.
struct DecouplingCases: CaseGroup {
    let name = "decoupling"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let columns = try reference.columns()
        guard columns.count == 2 else { throw CommandFailure("input.column names no two columns") }
        let samples = zip(columns[0], columns[1]).map {
            Decoupling.Sample(output: $0 ?? 0, rate: HeartRate($1 ?? 0))
        }
        let halves = Decoupling.ofHalves(samples)
        return .members([
            "ef1": .optional(halves.first),
            "ef2": .optional(halves.second),
            "decoupling_pct": .optional(halves.decoupling?.value),
        ])
    }
}
