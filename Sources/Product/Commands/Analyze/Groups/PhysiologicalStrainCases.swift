import JSON
import Physiology
import Units

/// The physiological strain index with the limits of the paper and with those for runners.
struct PhysiologicalStrainCases: CaseGroup {
    let name = "psi"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        .list(
            try reference.expected.elements.map { entry in
                let rest = (Temperature(try entry.number("t0")), HeartRate(try entry.number("hr0")))
                let now = (Temperature(try entry.number("t")), HeartRate(try entry.number("hr")))
                let trained = PhysiologicalStrain.trained(maximum: HeartRate(190))
                return entry.replacing([
                    "psi_original": .optional(PhysiologicalStrain(rest: rest)?.index(now.0, now.1)),
                    "psi_41_190": .optional(
                        PhysiologicalStrain(rest: rest, limit: trained)?.index(now.0, now.1)
                    ),
                ])
            }
        )
    }
}
