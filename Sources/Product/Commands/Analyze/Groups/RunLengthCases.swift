internal import Glibc
import JSON
import Physiology
import Wire

/// How long charts run before they alarm, found by running them: 4000 times for each shift, with the same
/// pseudo-random numbers every time.
struct RunLengthCases: CaseGroup {
    let name = "detector_arl"
    private let runs = 4_000

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        .object(
            try reference.expected.members.map { chart in
                let lengths = try chart.value.members.map { shift in
                    guard let number = Double(shift.key), abs(number) <= 10 else {
                        throw CommandFailure("\(shift.key) is no shift")
                    }
                    return JSONMember(key: shift.key, value: .real(try length(chart.key, number)))
                }
                return JSONMember(key: chart.key, value: .object(lengths))
            }
        )
    }

    /// The mean run length of a chart named `cusum_kK_hH`, `ewma_LAMBDA_LIMIT` or `shewhart_LIMIT`.
    private func length(_ chart: String, _ shift: Double) throws -> Double {
        let words = chart.split(separator: "_")
        let numbers = words.dropFirst().compactMap { Double($0.drop { $0 == "k" || $0 == "h" }) }
        switch (words.first, numbers.count) {
        case ("cusum", 2):
            let chart = CumulativeSum(slack: numbers[0], limit: numbers[1])
            return meanLength(shift, chart) { $0.add($1) }
        case ("ewma", 2):
            let chart = ExponentialChart(weight: numbers[0], limit: numbers[1])
            return meanLength(shift, chart) { $0.add($1) }
        case ("shewhart", 1):
            // The chart without memory: an exponential one of weight 1.
            return meanLength(shift, ExponentialChart(weight: 1, limit: numbers[0])) { $0.add($1) }
        default: throw CommandFailure("\(chart) is no chart")
        }
    }

    private func meanLength<Chart>(
        _ shift: Double,
        _ chart: Chart,
        _ add: (inout Chart, Double) -> Bool
    ) -> Double {
        var random = NormalNumbers(seed: 1)
        var samples = 0
        for _ in 0..<runs {
            var chart = chart
            var count = 1
            // A chart that hardly ever alarms must not run for ever.
            while !add(&chart, random.next() + shift), count < 20_000 { count += 1 }
            samples += count
        }
        return Double(samples) / Double(runs)
    }
}

/// Normally distributed numbers, mean 0 and SD 1, after Box and Muller.
private struct NormalNumbers {
    private var generator: SplitMix64
    private var spare: Double?

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    mutating func next() -> Double {
        if let number = spare {
            spare = nil
            return number
        }
        // 1 − u lies in 2^−53...1, so its logarithm is finite.
        let radius = (-2 * log(1 - uniform())).squareRoot()
        let angle = 2 * .pi * uniform()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    private mutating func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
}
