import JSON
import Physiology
import Units
import Wire

/// Live alarms on labelled faults and on recordings without one.
struct AlertCases: CaseGroup {
    let name = "alerts"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        if reference.expected["irregular"] != nil { return try rhythm(reference) }
        let table = try reference.table()
        let rates = try reference.series("hr_bpm").map { $0.map { HeartRate($0) } }
        let powers = table.has("power_w") ? try reference.series("power_w") : rates.map { _ in nil }
        let cadences =
            table.has("cadence_spm")
            ? try reference.series("cadence_spm")
            : try reference.series("cadence_rpm").map { $0.map { 2 * $0 } }
        let times = try reference.series("t_s").map { $0 ?? 0 }
        var (lost, lock, stuck) = (LostHeartRate(), CadenceLock(), StuckHeartRate())
        var (losses, locks, stucks) = ([Double](), [Double](), [Double]())
        for index in rates.indices {
            let cadence = cadences[index].map { Cadence($0) }
            if lost.add(rates[index]) == .raised { losses.append(times[index]) }
            if lock.add(rates[index], cadence) == .raised { locks.append(times[index]) }
            if stuck.add(rates[index], effort: powers[index]) == .raised { stucks.append(times[index]) }
        }
        var alarms = [
            JSONMember(key: "hr_lost", value: .numbers(losses)),
            JSONMember(key: "cadence_lock", value: .numbers(locks)),
            JSONMember(key: "stuck", value: .numbers(stucks)),
        ]
        if reference.parameters["hr_high"] != nil {
            alarms += [
                JSONMember(key: "hr_high", value: .numbers(try high(reference, times, rates))),
                JSONMember(key: "wbal_low", value: .numbers(try reserve(reference, times, powers))),
                JSONMember(key: "no_recovery", value: .numbers(try recovery(reference, times, rates))),
            ]
        }
        return .object(alarms)
    }

    private func high(
        _ reference: ReferenceCase,
        _ times: [Double],
        _ rates: [HeartRate?]
    ) throws -> [Double] {
        var alarm = SustainedBound(
            above: try reference.number("params", "hr_high", "thr"),
            hysteresis: try reference.number("params", "hr_high", "clear"),
            hold: try seconds("hold_s", reference),
            clearHold: try seconds("clear_hold_s", reference)
        )
        return rates.indices.filter { alarm.add(rates[$0]?.value) == .raised }.map { times[$0] }
    }

    /// A hold of the high alarm.
    private func seconds(_ key: String, _ reference: ReferenceCase) throws -> Int {
        Int(min(max(try reference.number("params", "hr_high", key), 1), 86_400))
    }

    private func reserve(
        _ reference: ReferenceCase,
        _ times: [Double],
        _ powers: [Double?]
    ) throws -> [Double] {
        var balance = try reference.accepted(
            WorkBalance(
                critical: Power(reference.number("params", "cp")),
                capacity: reference.number("params", "w_prime_j")
            ),
            "cp or w_prime_j"
        )
        var alarm = LowReserve(below: Share(100 * (try reference.number("params", "wbal_low"))))
        return powers.indices.filter { index in
            if let power = powers[index] { balance.add(Power(power)) } else { balance.miss() }
            return alarm.add(balance.share) == .raised
        }.map { times[$0] }
    }

    private func recovery(
        _ reference: ReferenceCase,
        _ times: [Double],
        _ rates: [HeartRate?]
    ) throws -> [Double] {
        let ends = (reference.parameters["rep_end_s"]?.elements ?? []).compactMap(\.number)
        let maximum = HeartRate(try reference.number("params", "hr_max"))
        var recovery = HeartRateRecovery()
        var alarms: [Double] = []
        for (time, rate) in zip(times, rates) {
            let now = reference.instant(time)
            if let rate, let drop = recovery.add(rate, at: now), PoorRecovery.isPoor(drop, maximum: maximum) {
                alarms.append(time)
            }
            if ends.contains(time) { recovery.endEffort(at: now) }
        }
        return alarms
    }

    private func rhythm(_ reference: ReferenceCase) throws -> JSONValue {
        var alarm = IrregularRhythm()
        let intervals = try reference.intervals()
        let raised = intervals.indices.filter { alarm.add(intervals[$0]) == .raised }
        return .members(["irregular": .list(raised.map { .count($0) })])
    }

    func tolerance(of field: FieldPath, in reference: ReferenceCase) -> Tolerance {
        if let delay = reference.tolerance["max_delay_beats"]?.number { return .absolute(delay) }
        return .absolute(reference.tolerance["second"]?.number ?? 0)
    }

    /// Besides the listed alarms: each labelled fault is found in time, where the case says within what.
    func check(_ reference: ReferenceCase) throws -> [Difference] {
        let computed = try evaluate(reference)
        var comparison = Comparison { tolerance(of: $0, in: reference) }
        comparison.compare(reference.expected, computed)
        let delays = reference.tolerance["max_delay_s"] ?? .null
        let late = (reference.members["events"]?.elements ?? []).filter { event in
            guard case .text(let type)? = event["type"] else { return false }
            let beats = reference.tolerance["max_delay_beats"]?.number
            guard let delay = delays[type]?.number ?? beats,
                let start = (event["from_s"] ?? event["from_beat"])?.number
            else { return false }
            let alarms = (computed[type]?.elements ?? []).compactMap(\.number)
            return !alarms.contains { start...start + max(0, delay) ~= $0 }
        }
        return comparison.differences
            + late.map {
                Difference(
                    field: $0["type"]?.text ?? "event",
                    expected: "an alarm",
                    got: "none in time",
                    tolerance: "\(delays.members.map { "\($0.key) \($0.value.text)" })"
                )
            }
    }
}
