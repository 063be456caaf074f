import JSON
import Physiology
import Units

/// The spring-mass model at single moments.
struct SpringMassCases: CaseGroup {
    let name = "spring_mass"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        .list(
            try reference.expected.elements.map { entry in
                let body = SpringMass.Body(
                    mass: try entry.number("mass"),
                    leg: Distance(try entry.number("leg"))
                )
                let spring = SpringMass(
                    try reference.accepted(body, "mass or leg"),
                    speed: Speed(try entry.number("v")),
                    contact: Interval(try entry.number("tc")),
                    flight: Interval(try entry.number("tf"))
                )
                return entry.replacing([
                    "fmax_n": .optional(spring?.peakForce),
                    "dy_m": .optional(spring?.sinking.value),
                    "dl_m": .optional(spring?.compression.value),
                    "kvert_kn_m": .optional(spring?.verticalStiffness.value),
                    "kleg_kn_m": .optional(spring?.legStiffness.value),
                ])
            }
        )
    }
}
