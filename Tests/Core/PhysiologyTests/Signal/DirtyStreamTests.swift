import Foundation
import Physiology
import Testing
import Wire

/// Whole runs with what radio and sensors do to them: gaps, spikes, zeros, duplicates, late samples.
@Suite struct DirtyStreamTests {
    enum Run: String, CaseIterable { case steady, intervals }

    private struct Sample {
        var arrival: Double
        var second: Int
        var value: Double
    }

    /// Half an hour of power at 1 Hz, in W.
    private func truth(_ run: Run, _ random: inout SplitMix64) -> [Double] {
        var (level, drift) = (280.0, 0.0)
        return (0..<1800).map { second in
            let target = run == .intervals && second % 240 > 120 ? 370.0 : 280.0
            level += 0.45 * (target - level)
            drift = 0.95 * drift + .random(in: -5...5, using: &random)
            return (level + drift + .random(in: -6...6, using: &random)).rounded()
        }
    }

    private func dirty(_ truth: [Double], _ random: inout SplitMix64) -> [Sample] {
        var values: [Double?] = truth
        for _ in 0..<8 { blot(&values, 1...4, &random) { $0 * .random(in: 1.4...1.8, using: &$1) } }
        for _ in 0..<4 { blot(&values, 1...4, &random) { value, _ in value * 0.55 } }
        for _ in 0..<8 { blot(&values, 1...3, &random) { _, _ in 0 } }
        for _ in 0..<6 { blot(&values, 5...40, &random) { _, _ in nil } }
        var samples: [Sample] = []
        for (second, value) in values.enumerated() {
            guard let value else { continue }
            let isLate = Int.random(in: 0..<33, using: &random) == 0
            let delay = Double.random(in: isLate ? 0.5...3 : 0.04...0.8, using: &random)
            samples.append(Sample(arrival: Double(second) + delay, second: second, value: value))
            guard Int.random(in: 0..<20, using: &random) == 0 else { continue }
            samples.append(Sample(arrival: Double(second) + delay + 0.3, second: second, value: value))
        }
        return samples.sorted { $0.arrival < $1.arrival }
    }

    private func blot(
        _ values: inout [Double?],
        _ lengths: ClosedRange<Int>,
        _ random: inout SplitMix64,
        _ change: (Double, inout SplitMix64) -> Double?
    ) {
        let start = Int.random(in: 60..<1700, using: &random)
        let length = Int.random(in: lengths, using: &random)
        let first = values[start] ?? 300
        guard let changed = change(first, &random) else {
            for index in start..<(start + length) { values[index] = nil }
            return
        }
        for index in start..<(start + length) where values[index] != nil { values[index] = changed }
    }

    /// RMSE of what `read` shows at each whole second.
    private func error(
        _ samples: [Sample],
        _ truth: [Double],
        feed: (Sample) -> Void,
        read: (Int) -> Double?
    ) -> Double {
        var (next, sum, count) = (samples[...], 0.0, 0)
        for second in truth.indices {
            while let sample = next.first, sample.arrival <= Double(second) { feed(next.removeFirst()) }
            guard let value = read(second) else { continue }
            sum += (value - truth[second]) * (value - truth[second])
            count += 1
        }
        return (sum / Double(max(count, 1))).squareRoot()
    }

    @Test("One filter is as good as Hampel on a steady run, better on intervals", arguments: Run.allCases)
    func againstHampel(run: Run) {
        var (ours, theirs, raw) = (0.0, 0.0, 0.0)
        for seed in 1...10 {
            var random = SplitMix64(seed: UInt64(seed))
            let truth = truth(run, &random)
            let samples = dirty(truth, &random)

            var cleaner = SignalCleaner(.runningPower)
            ours += error(samples, truth) {
                cleaner.add($0.value, sampledAt: Nanoseconds($0.second) * .second)
            } read: {
                cleaner.value(at: Nanoseconds($0) * .second)
            }
            var hampel = Hampel(floor: 40)
            var (newest, shown, last) = (-1, 0.0, 0.0)
            func filter(_ sample: Sample) {
                guard sample.second > newest else { return }
                (newest, last, shown) = (sample.second, sample.value, hampel.process(sample.value))
            }
            theirs += error(samples, truth, feed: filter) { $0 - newest <= 10 ? shown : nil }
            (hampel, newest) = (Hampel(floor: 40), -1)
            raw += error(samples, truth, feed: filter) { $0 - newest <= 10 ? last : nil }
        }
        #expect(ours <= (run == .steady ? 1.05 : 0.8) * theirs, "\(ours / 10) W against \(theirs / 10) W")
        #expect(ours <= 0.6 * raw, "\(ours / 10) W against \(raw / 10) W raw")
    }
}
