import JSON
import Physiology
import Units

/// Each filter on a series of 1 Hz, at the indices that the case names.
struct FilterExactCases: CaseGroup {
    let name = "filter_exact"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let samples = try reference.series()
        let indices = reference.expected["index"]?.elements ?? []
        var average = ExponentialAverage(
            timeConstant: try time(reference, "params", "ema", "tau_s")
        )
        var oneEuro = OneEuro(
            minimumCutoff: try positive(reference, "params", "one_euro", "min_cutoff"),
            beta: try positive(reference, "params", "one_euro", "beta"),
            derivativeCutoff: try positive(reference, "params", "one_euro", "d_cutoff")
        )
        var kalman = ConstantVelocityFilter(
            processNoise: try positive(reference, "params", "kalman_cv", "q"),
            measurementNoise: try positive(reference, "params", "kalman_cv", "r"),
            valueVariance: 4,
            rateVariance: 1
        )
        var hampel = Hampel(
            count: try count(reference, "hampel_trailing"),
            threshold: try positive(reference, "params", "hampel_trailing", "k"),
            floor: abs(try reference.number("params", "hampel_trailing", "floor"))
        )
        var median = RunningMedian(count: try count(reference, "median_trailing"))
        let outputs: [(name: String, values: [Double?])] = [
            ("ema", run(samples) { average.process($0, after: $1) }),
            ("one_euro", run(samples) { oneEuro.process($0, after: $1) }),
            ("kalman_cv", run(samples) { kalman.process($0, after: $1) }),
            ("hampel", run(samples) { value, _ in hampel.process(value) }),
            ("median5", run(samples) { value, _ in median.process(value) }),
        ]
        var members = [JSONMember(key: "index", value: .list(indices))]
        for (name, values) in outputs {
            let picked = indices.map { index -> JSONValue in
                guard let index = index.number, (0..<1e9).contains(index) else { return .null }
                return .optional(values[safe: Int(index)] ?? nil)
            }
            members.append(JSONMember(key: name, value: .list(picked)))
            if name == "one_euro" {
                members.append(JSONMember(key: "one_euro_package", value: .list(picked)))
            }
        }
        return .object(members)
    }

    /// The outputs at each second; a second without a sample has none and makes the next step longer.
    private func run(_ samples: [Double?], _ filter: (Double, Interval) -> Double) -> [Double?] {
        var seconds = 0.0
        return samples.map { sample in
            seconds += 1
            guard let sample else { return nil }
            defer { seconds = 0 }
            return filter(sample, Interval(seconds))
        }
    }

    private func positive(_ reference: ReferenceCase, _ a: String, _ b: String, _ c: String) throws -> Double
    {
        let value = try reference.number(a, b, c)
        guard value > 0 else { throw CommandFailure("\(a).\(b).\(c) is not above 0") }
        return value
    }

    private func time(_ reference: ReferenceCase, _ a: String, _ b: String, _ c: String) throws -> Interval {
        Interval(try positive(reference, a, b, c))
    }

    private func count(_ reference: ReferenceCase, _ filter: String) throws -> Int {
        let value = try reference.number("params", filter, "n")
        guard (1...99).contains(value) else { throw CommandFailure("params.\(filter).n is out of range") }
        return Int(value)
    }
}
