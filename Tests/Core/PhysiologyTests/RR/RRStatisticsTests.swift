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
        // Changes: 50, −60, 10, 0. Mean 1000, squared deviations 0, 2500, 100, 0, 0.
        let result = statistics([1000, 1050, 990, 1000, 1000])
        #expect(result.beats == 5 && result.pairs == 4)
        #expect(try abs(#require(result.meanRR) - 1008) < 1e-9)
        #expect(try abs(#require(result.heartRate) - 60_000 / 1008) < 1e-9)
        #expect(try abs(#require(result.rmssd) - (6200.0 / 4).squareRoot()) < 1e-9)
        #expect(try abs(#require(result.sdnn) - (2280.0 / 4).squareRoot()) < 1e-9)
        #expect(try abs(#require(result.populationSDNN) - (2280.0 / 5).squareRoot()) < 1e-9)
        #expect(try abs(#require(result.sd1) - (6200.0 / 3 / 2).squareRoot()) < 1e-9)
        #expect(try abs(#require(result.sd2) - (2 * 570 - 6200.0 / 6).squareRoot()) < 1e-9)
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
