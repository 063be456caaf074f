import Foundation
import Physiology
import Wire

/// Intervals as a strap sends them in ms, from a seed: breathing, the 0.1 Hz wave, drift and noise. With 13
/// faults of a strap where wanted.
struct SyntheticRhythm {
    enum Effort: String, CaseIterable { case rest, deepBreathing, easy, hard }

    let clean: [Double]
    let faulty: [Double]

    init(_ effort: Effort, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        func uniform(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
        func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform(0...1) } }

        let (count, mean, breath, rate, wave, noise, drift) =
            switch effort {
            case .rest: (360, 920.0, 48.0, 0.22, 30.0, 12.0, 2.0)
            case .deepBreathing: (360, 1000.0, 110.0, 0.2, 30.0, 12.0, 2.0)
            case .easy: (900, 440.0, 4.0, 0.5, 12.0, 3.2, 1.0)
            case .hard: (1000, 351.0, 2.0, 0.8, 5.0, 1.7, 1.0)
            }
        let (phaseA, phaseB) = (uniform(0...6.28), uniform(0...6.28))
        var (time, trend) = (0.0, 0.0)
        clean = (0..<count).map { _ in
            trend = 0.98 * trend + drift * normal()
            let value =
                mean + breath * sin(2 * .pi * rate * time + phaseA)
                + wave * sin(2 * .pi * 0.1 * time + phaseB) + trend + noise * normal()
            time += value / 1000
            return value.rounded()
        }
        faulty = Self.damage(clean, uniform)
    }

    /// Premature, missed, extra and misplaced beats, at least 12 apart, from the last to the first.
    private static func damage(
        _ intervals: [Double],
        _ uniform: (ClosedRange<Double>) -> Double
    ) -> [Double] {
        var peaks = [0.0]
        for interval in intervals { peaks.append(peaks[peaks.count - 1] + interval) }
        let slots = (intervals.count - 30) / 12
        var chosen = Set<Int>()
        while chosen.count < 13 { chosen.insert(Int(uniform(0...Double(slots) - 0.001))) }
        for slot in chosen.sorted(by: >) {
            let beat = 15 + 12 * slot
            let interval = peaks[beat] - peaks[beat - 1]
            switch Int(uniform(0...3.999)) {
            case 0: peaks[beat] -= interval * uniform(0.25...0.38)
            case 1: peaks.remove(at: beat)
            case 2: peaks.insert(peaks[beat - 1] + interval * uniform(0.3...0.7), at: beat)
            default: peaks[beat] += interval * uniform(0.2...0.3) * (uniform(0...1) < 0.5 ? -1 : 1)
            }
        }
        return zip(peaks, peaks.dropFirst()).map { ($1 - $0).rounded() }
    }

    /// RMSSD of what the gate lets through.
    static func gated(_ intervals: [Double]) -> Double? {
        var gate = ArtefactGate()
        return rmssd(intervals) { gate.judge($0) == .clean }
    }

    static func rmssd(_ intervals: [Double], isClean: (RRInterval) -> Bool = { _ in true }) -> Double? {
        var statistics = RRStatistics()
        var before: RRInterval?
        for interval in intervals.compactMap(RRInterval.init(milliseconds:)) {
            let accepted = isClean(interval)
            if accepted, let before { statistics.addPair(before, interval) }
            before = accepted ? interval : nil
        }
        return statistics.rmssd
    }
}
