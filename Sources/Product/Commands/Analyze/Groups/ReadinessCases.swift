internal import Glibc
import JSON
import Physiology

/// The week's mean of ln RMSSD against the normal range, day by day.
struct ReadinessCases: CaseGroup {
    let name = "readiness"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        var readiness = Readiness()
        var days: [JSONValue] = []
        for (index, value) in try values(reference).enumerated() {
            let day = readiness.add(value)
            days.append(
                .members([
                    "day": .count(index),
                    "n_week": .count(day.week),
                    "n_base": .count(day.base),
                    "mean7": .optional(day.mean),
                    "cv7_pct": .optional(day.variation),
                    "lo": .optional(day.range?.lowerBound),
                    "hi": .optional(day.range?.upperBound),
                    "flag": day.flag.map { .text("\($0)") } ?? .null,
                ])
            )
        }
        return .list(days)
    }

    /// ln RMSSD of each day of the case: the column itself, or, as in `rMSSD (ln)`, its logarithm.
    private func values(_ reference: ReferenceCase) throws -> [Double?] {
        guard case .text(let column)? = reference.input["column"] else {
            throw CommandFailure("input.column is missing")
        }
        var values: [Double?]
        if column.hasSuffix(" (ln)") {
            values = try reference.series(String(column.dropLast(5))).map { value in
                value.flatMap { $0 > 0 ? log($0) : nil }
            }
        } else {
            values = try reference.series(column)
        }
        if let last = reference.members["days"]?.elements.last?.number, last >= 0, last < 1e6 {
            values = Array(values.prefix(Int(last)))
        }
        return values
    }
}
