import JSON
import Physiology
import Units

/// Riegel's prediction and critical speed.
struct PerformanceCases: CaseGroup {
    let name = "performance"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let time = RacePrediction.time(
            Interval(try reference.number("params", "t1")),
            over: Distance(try reference.number("params", "d1")),
            for: Distance(try reference.number("params", "d2"))
        )
        let efforts = try reference.pairs("params", "cs_points_d_t").map {
            CriticalSpeed.Effort(distance: Distance($0.0), duration: Interval($0.1))
        }
        let speed = CriticalSpeed(efforts)
        return .members([
            "riegel_1_06_s": .optional(time?.value),
            "cs": .optionals([speed?.speed.value, speed?.reserve.value]),
        ])
    }
}
