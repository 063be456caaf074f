import JSON
import Physiology
import Units

/// Metabolic power at single moments.
struct MetabolicPowerCases: CaseGroup {
    let name = "metabolic_power"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        .list(
            try reference.expected.elements.map { entry in
                let power = MetabolicPower.power(
                    Speed(try entry.number("v")),
                    acceleration: try entry.number("a")
                )
                return entry.replacing(["w_kg": .optional(power)])
            }
        )
    }
}
