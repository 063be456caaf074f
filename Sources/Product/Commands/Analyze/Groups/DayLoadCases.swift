import JSON
import Physiology

/// Loads of days: exponential means, training balance, ratios, monotony, impulse response.
struct DayLoadCases: CaseGroup {
    let name = "day_load"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        guard reference.input["file"] != nil else { return try week(reference) }
        let seed = try reference.number("params", "init")
        var ratio = LoadRatio()
        var acute = ExponentialLoad(.span(7), seed: seed)
        var chronic = ExponentialLoad(.span(28), seed: seed)
        var balance = TrainingBalance(seed: seed)
        var weeks = LoadWeeks()
        var response = ImpulseResponse(baseline: 500, gain: 1, loss: 2)
        let names = [
            "ewma7", "ewma28", "acwr_ewma", "ctl42_exp", "atl7_exp", "tsb_yesterday", "acwr_rolling_coupled",
            "acwr_rolling_uncoupled", "monotony", "strain", "banister_ir_p0_500_k1_1_k2_2",
        ]
        var columns = [[Double?]](repeating: [], count: names.count)
        for load in try reference.series() {
            guard let load else { throw CommandFailure("a day without a load") }
            ratio.add(load)
            acute.add(load)
            chronic.add(load)
            balance.add(load)
            weeks.add(load)
            response.add(load)
            let row = [
                acute.value, chronic.value, ratio.ratio, balance.chronic, balance.acute, balance.balance,
                weeks.coupledRatio, weeks.uncoupledRatio, weeks.monotony, weeks.strain, response.performance,
            ]
            for (index, value) in row.enumerated() { columns[index].append(value) }
        }
        return .object(zip(names, columns).map { JSONMember(key: $0, value: .optionals($1)) })
    }

    private func week(_ reference: ReferenceCase) throws -> JSONValue {
        var weeks = LoadWeeks()
        for load in (reference.parameters["week"]?.elements ?? []).compactMap(\.number) { weeks.add(load) }
        return .members(["monotony": .optional(weeks.monotony), "strain": .optional(weeks.strain)])
    }
}
