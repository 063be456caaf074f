import JSON
import Physiology
import Wire

/// Windows of 120 s of a long recording against the values of its author's own code.
struct H10ExternalCases: CaseGroup {
    let name = "h10_external"

    private struct Row {
        var values: [Double?]
    }

    private static let columns = ["hr_bpm", "rmssd_ms", "sdnn_pop_ms", "alpha1"]

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let rows = try rows(reference)
        return .list(rows.map { .list($0.values.map { .optional($0) }) })
    }

    /// Per column, a share of the windows has to be inside the column's tolerance.
    func check(_ reference: ReferenceCase) throws -> [Difference] {
        let share = try reference.number("tolerance", "share_of_windows")
        let rows = try rows(reference)
        var differences: [Difference] = []
        for (column, name) in Self.columns.enumerated() {
            let limit = try reference.number("tolerance", name)
            let inside = zip(reference.expected.elements, rows).count { expected, row in
                guard let want = expected.elements[safe: column + 1]?.number,
                    let have = row.values[column]
                else { return false }
                return abs(want - have) <= limit
            }
            if Double(inside) < share * Double(rows.count) {
                differences.append(
                    Difference(
                        field: name,
                        expected: "\(100 * share) % of \(rows.count) windows inside",
                        got: "\(inside)",
                        tolerance: "±\(limit)"
                    )
                )
            }
        }
        return differences
    }

    /// Beats kept by the rule of 5 % against the raw one before, at the time of their start, both ends of the
    /// window included.
    private func rows(_ reference: ReferenceCase) throws -> [Row] {
        let intervals = try reference.intervals()
        let starts = try reference.series("since_start_ms")
        guard starts.count == intervals.count else { throw CommandFailure("columns differ in length") }
        var filter = SuccessiveFilter(.share(0.05), isStrict: true)
        let kept = zip(starts, intervals).compactMap { start, interval -> (start: Double, RRInterval)? in
            guard let start, abs(start) < 1e9, let interval = filter.filter(interval) else { return nil }
            return (start, interval)
        }
        var scaling = FractalScaling(.fromBothEnds, capacity: 1024)
        return try reference.expected.elements.map { expected in
            guard let start = expected.elements.first?.number else {
                throw CommandFailure("a window without t_s")
            }
            var window = RRWindow(length: 121 * .second)
            for (time, interval) in kept where (0...120_000).contains(time - start * 1000) {
                window.add(interval, endingAt: Nanoseconds(time * 1e6))
            }
            let statistics = window.statistics
            return Row(
                values: [
                    statistics.heartRate, statistics.rmssd, statistics.populationSDNN,
                    scaling.alpha1(of: window),
                ]
            )
        }
    }
}

extension Array {
    /// The element, or `nil` when there is none at the index.
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
