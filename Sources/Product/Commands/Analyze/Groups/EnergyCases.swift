import JSON
import Physiology
import Units

/// Energy expenditure and the heat index at single moments.
struct EnergyCases: CaseGroup {
    let name = "energy"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let run = EnergyExpenditure.oxygenRunning(Speed(3))
        return .list(
            try reference.expected.elements.map { entry in
                let mass = try entry.number("mass")
                let age = try entry.number("age")
                let rate = HeartRate(try entry.number("hr"))
                func keytel(_ sex: Sex) -> JSONValue {
                    .optional(EnergyExpenditure.keytel(rate, mass: mass, age: age, sex: sex))
                }
                func heat(_ air: Double, _ humidity: Double) -> JSONValue {
                    let air = Temperature(air)
                    return .optional(HeatIndex.temperature(air: air, humidity: Share(humidity))?.value)
                }
                return entry.replacing([
                    "keytel_male_kj_min": keytel(.male),
                    "keytel_female_kj_min": keytel(.female),
                    "acsm_run_3ms": .optional(run),
                    "acsm_run_3ms_5pct": .optional(
                        EnergyExpenditure.oxygenRunning(Speed(3), grade: 0.05)
                    ),
                    "acsm_walk_1_4": .optional(EnergyExpenditure.oxygenWalking(Speed(1.4))),
                    "kcal_min_run_3ms": .optional(
                        run.flatMap { EnergyExpenditure.kilocalories(oxygen: $0, mass: mass) }
                    ),
                    "heat_index_32c_70": heat(32, 70),
                    "heat_index_20c_50": heat(20, 50),
                ])
            }
        )
    }
}
