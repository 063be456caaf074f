import Physiology
import Testing

@Suite struct RRStatisticsTests {
    static func intervals(_ milliseconds: [Double]) -> [RRInterval] {
        milliseconds.map { RRInterval(milliseconds: $0)! }
    }

    private func statistics(_ milliseconds: [Double]) -> RRStatistics {
        let intervals = Self.intervals(milliseconds)
        var statistics = RRStatistics()
        for interval in intervals { statistics.add(interval) }
        for (earlier, later) in zip(intervals, intervals.dropFirst()) { statistics.addPair(earlier, later) }
        return statistics
    }

    @Test("Five intervals give what the formulas give by hand")
    func byHand() throws {
        // Changes 50, −60, 10, 0; deviations from the mean of 1008: −8, 42, −18, −8, −8.
        let result = statistics([1000, 1050, 990, 1000, 1000])
        #expect(result.beats == 5 && result.pairs == 4)
        let (squares, changes) = (2280.0, 6200.0)
        let expected: [(Double?, Double)] = [
            (result.meanRR, 1008),
            (result.heartRate, 60_000 / 1008),
            (result.rmssd, (changes / 4).squareRoot()),
            (result.sdnn, (squares / 4).squareRoot()),
            (result.populationSDNN, (squares / 5).squareRoot()),
            (result.sd1, (changes / 6).squareRoot()),
            (result.sd2, (squares / 2 - changes / 6).squareRoot()),
        ]
        for (value, byHand) in expected { #expect(try abs(#require(value) - byHand) < 1e-9) }
    }

    @Test("A change of exactly 50 ms does not count for pNN50, a larger one does")
    func strict() {
        #expect(statistics([1000, 1050, 1000]).pNN50 == 0)
        #expect(statistics([1000, 1051, 1000]).pNN50 == 100)
    }

    @Test("What cannot be told yet is nil, not 0")
    func first() {
        #expect(RRStatistics().heartRate == nil && RRStatistics().rmssd == nil)
        let one = statistics([800])
        #expect(one.heartRate == 75 && one.sdnn == nil && one.rmssd == nil && one.sd1 == nil)
        let equal = statistics([800, 800])
        #expect(equal.rmssd == 0 && equal.sdnn == 0 && equal.lnRMSSD == nil)
    }

    @Test("Adding and removing leaves no trace, however often")
    func exact() {
        var statistics = statistics([700, 741.2, 733.9])
        let before = statistics
        for step in 1...10_000 {
            let (a, b) = (RRInterval(microseconds: Int64(step) * 97)!, RRInterval(ticks: UInt16(step))!)
            statistics.add(a)
            statistics.addPair(a, b)
            statistics.removePair(a, b)
            statistics.remove(a)
        }
        #expect(statistics == before)
    }

    @Test("An interval is more than nothing and at most 16 s")
    func range() {
        #expect(RRInterval(milliseconds: 0) == nil && RRInterval(milliseconds: -5) == nil)
        #expect(RRInterval(milliseconds: .nan) == nil && RRInterval(milliseconds: .infinity) == nil)
        #expect(RRInterval(milliseconds: 16_001) == nil && RRInterval(ticks: .max) == nil)
        #expect(RRInterval(milliseconds: 16_000)?.milliseconds == 16_000)
        #expect(RRInterval(ticks: 1024)?.milliseconds == 1000)
        #expect(RRInterval(ticks: 1)?.microseconds == 977)
    }
}
