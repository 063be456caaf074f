import JSON
import Physiology
import Units
import Wire

/// Speed zones, efforts and metabolic power of a trace at 10 Hz.
struct TeamFieldCases: CaseGroup {
    let name = "team_gps"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let rate = try self.rate(reference)
        let interval = Nanoseconds((1e9 / rate).rounded())
        let bounds = (reference.parameters["speed_zone_bounds"]?.elements ?? []).compactMap(\.number)
        var zones = try reference.accepted(
            SpeedZoneDistances(bounds: bounds.map { Speed($0) }),
            "speed_zone_bounds"
        )
        var fast = EffortCounter(try rule("hsr", reference))
        var sprint = EffortCounter(try rule("sprint", reference))
        var faster = EffortCounter(try rule("accel", reference))
        var slower = faster
        var trace = try reference.accepted(AccelerationTrace(rate: rate), "the rate")
        var energy = MetabolicPower()
        func take(_ motion: AccelerationTrace.Motion) {
            faster.add(motion.acceleration, lasting: interval)
            slower.add(-motion.acceleration, lasting: interval)
            energy.add(motion, lasting: interval)
        }
        for speed in try reference.series() {
            guard let speed else {
                trace.interrupt(take)
                continue
            }
            zones.add(Speed(speed), lasting: interval)
            fast.add(speed, lasting: interval)
            sprint.add(speed, lasting: interval)
            trace.add(Speed(speed), take)
        }
        trace.interrupt(take)
        return .members([
            "distance_m": .real(zones.total.value),
            "zone_distance_m": .numbers(zones.distances.map(\.value)),
            "hsr_count": .count(fast.count),
            "sprint_count": .count(sprint.count),
            "accel_count": .count(faster.count),
            "decel_count": .count(slower.count),
            "max_speed": .optional(zones.highest?.value),
            "metabolic_energy_kj_kg": .real(energy.energy / 1_000),
            "metabolic_power_mean_w_kg": .optional(energy.mean),
            "high_metabolic_distance_ge20_m": .real(energy.highDistance.value),
        ])
    }

    /// Samples a second, from the times of the first and the last row.
    private func rate(_ reference: ReferenceCase) throws -> Double {
        let times = try reference.series("t_s").compactMap { $0 }
        guard let first = times.first, let last = times.last, last > first else {
            throw CommandFailure("t_s does not rise")
        }
        return (10 * Double(times.count - 1) / (last - first)).rounded() / 10
    }

    private func rule(_ key: String, _ reference: ReferenceCase) throws -> EffortCounter.Rule {
        let minimum = try reference.number("params", key, "min_s")
        guard 0...3_600 ~= minimum else { throw CommandFailure("params.\(key).min_s is out of range") }
        return try reference.accepted(
            EffortCounter.Rule(
                start: reference.number("params", key, "start"),
                end: reference.number("params", key, "end"),
                minimum: Nanoseconds(minimum * 1e9)
            ),
            "params.\(key)"
        )
    }
}
