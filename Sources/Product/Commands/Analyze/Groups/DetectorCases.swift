import JSON
import Physiology

/// The first alarms of three charts on the same series.
struct DetectorCases: CaseGroup {
    let name = "detectors"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let series = (reference.parameters["series"]?.elements ?? []).compactMap(\.number)
        var sums = CumulativeSum(
            slack: try reference.number("params", "cusum", "k"),
            limit: try reference.number("params", "cusum", "h")
        )
        var chart = ExponentialChart(
            weight: try reference.number("params", "ewma", "lambda"),
            limit: try reference.number("params", "ewma", "L")
        )
        var test = PageHinkley(
            tolerance: try reference.number("params", "page_hinkley", "delta"),
            threshold: try reference.number("params", "page_hinkley", "threshold")
        )
        var (sumAlarms, chartAlarms, testAlarms, highs) = ([Int](), [Int](), [Int](), [Double]())
        for (index, value) in series.enumerated() {
            if sums.add(value) { sumAlarms.append(index) }
            if chart.add(value) { chartAlarms.append(index) }
            if test.add(value) { testAlarms.append(index) }
            if index.isMultiple(of: 50) { highs.append(sums.high) }
        }
        func first(_ alarms: [Int], of key: String) -> JSONValue {
            .list(alarms.prefix(reference.expected[key]?.elements.count ?? 0).map { .count($0) })
        }
        return .members([
            "cusum_alarms_first": first(sumAlarms, of: "cusum_alarms_first"),
            "ewma_alarms_first": first(chartAlarms, of: "ewma_alarms_first"),
            "page_hinkley_first": first(testAlarms, of: "page_hinkley_first"),
            "page_hinkley_river_first": first(testAlarms, of: "page_hinkley_river_first"),
            "cusum_hi_at_50": .numbers(highs),
        ])
    }

    func tolerance(of field: FieldPath, in reference: ReferenceCase) -> Tolerance {
        field.name == "cusum_hi_at_50" ? .absolute(reference.tolerance["abs"]?.number ?? 0) : .exact
    }
}
