import JSON
import Physiology
import Wire

/// A dirty stream of events, cleaned and read at each whole second, against the truth. The case limits RMSE
/// and lag from above and coverage from below.
struct SmoothingCases: CaseGroup {
    let name = "smoothing"

    private struct Score {
        var rmse: Double
        var lag: Int
        var coverage: Double
    }

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let score = try score(reference)
        return .members([
            "rmse": .real(score.rmse),
            "coverage_pct": .real(score.coverage),
            "lag_s": .count(score.lag),
        ])
    }

    func check(_ reference: ReferenceCase) throws -> [Difference] {
        let score = try score(reference)
        let rmse = try reference.number("tolerance", "rmse_max")
        let coverage = try reference.number("tolerance", "coverage_min_pct")
        let lag = try reference.number("tolerance", "lag_max_s")
        var differences: [Difference] = []
        // Written so that NaN fails.
        if !(score.rmse <= rmse) {
            differences.append(limit("rmse", "at most \(rmse)", "\(score.rmse)"))
        }
        if !(score.coverage >= coverage) {
            differences.append(limit("coverage_pct", "at least \(coverage)", "\(score.coverage)"))
        }
        if !(Double(score.lag) <= lag) {
            differences.append(limit("lag_s", "at most \(lag)", "\(score.lag)"))
        }
        return differences
    }

    private func limit(_ field: String, _ expected: String, _ got: String) -> Difference {
        Difference(field: field, expected: expected, got: got, tolerance: "limit")
    }

    // MARK: Running

    private func score(_ reference: ReferenceCase) throws -> Score {
        guard case .text(let truthFile)? = reference.input["truth"] else {
            throw CommandFailure("input.truth is missing")
        }
        let truth = try reference.table(truthFile).column("truth")
        let outputs = try clean(reference, seconds: truth.count)
        return try compare(outputs, truth)
    }

    /// The signal is known by its bounds.
    private func limits(_ reference: ReferenceCase) throws -> SignalLimits {
        let bounds = reference.parameters["bounds"]?.elements.compactMap(\.number) ?? []
        let known: [SignalLimits] = [.heartRate, .runningPower, .runningSpeed]
        guard
            let limits = known.first(where: { [$0.bounds.lowerBound, $0.bounds.upperBound] == bounds })
        else { throw CommandFailure("params.bounds are those of no signal") }
        return limits
    }

    private func clean(_ reference: ReferenceCase, seconds: Int) throws -> [Double?] {
        let table = try reference.table()
        let arrivals = try table.column("t_arrive_ms")
        let samples = try table.column("t_sample_ms")
        let values = try table.column("value")
        // By arrival; ties in the order of the file.
        let order = arrivals.indices.sorted { a, b in
            (arrivals[a] ?? 0, a) < (arrivals[b] ?? 0, b)
        }
        var cleaner = SignalCleaner(try limits(reference))
        var next = order[...]
        return (0..<seconds).map { second in
            while let index = next.first, (arrivals[index] ?? 0) <= Double(second) * 1000 {
                next.removeFirst()
                guard let value = values[index], let time = samples[index], abs(time) < 1e9 else { continue }
                cleaner.add(value, sampledAt: Nanoseconds(time * 1e6))
            }
            return cleaner.value(at: Nanoseconds(second) * .second)
        }
    }

    /// RMSE at the same second; the lag is the shift of 0...15 s at which the truth fits best.
    private func compare(_ outputs: [Double?], _ truth: [Double?]) throws -> Score {
        func meanSquare(_ lag: Int) -> Double {
            var (sum, count) = (0.0, 0)
            for second in outputs.indices.dropFirst(lag) {
                guard let output = outputs[second], let value = truth[second - lag] else { continue }
                sum += (output - value) * (output - value)
                count += 1
            }
            return sum / Double(count)
        }
        let covered = zip(outputs, truth).count { $0 != nil && $1 != nil }
        guard covered > 0 else { throw CommandFailure("no value at all") }
        let squares = (0...15).map(meanSquare)
        let lag = squares.indices.min { squares[$0] < squares[$1] } ?? 0
        return Score(
            rmse: squares[0].squareRoot(),
            lag: lag,
            coverage: 100 * Double(covered) / Double(outputs.count)
        )
    }
}
