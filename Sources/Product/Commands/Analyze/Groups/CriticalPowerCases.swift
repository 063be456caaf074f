import JSON
import Physiology
import Units

/// Critical power from a few efforts, by two regressions.
struct CriticalPowerCases: CaseGroup {
    let name = "cp_model"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let efforts = try reference.pairs("params", "points").map {
            CriticalPower.Effort(duration: Interval($0.0), power: Power($0.1))
        }
        func fit(_ method: CriticalPower.Method) -> JSONValue {
            guard let model = CriticalPower(efforts, method: method) else { return .null }
            return .members(["cp": .real(model.power.value), "w_prime": .real(model.capacity)])
        }
        return .members(["work_time": fit(.workTime), "inverse_time": fit(.inverseTime)])
    }
}
