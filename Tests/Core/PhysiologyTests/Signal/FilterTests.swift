import Foundation
import Physiology
import Testing
import Units

@Suite struct FilterTests {
    private static let second = Interval(1)

    @Test("A constant passes every filter unchanged from the first sample on")
    func constant() {
        var average = ExponentialAverage(timeConstant: Interval(3))
        var oneEuro = OneEuro(minimumCutoff: 0.15, beta: 0.05)
        var kalman = ConstantVelocityFilter(
            processNoise: 0.05,
            measurementNoise: 4,
            valueVariance: 4,
            rateVariance: 1
        )
        var hampel = Hampel(floor: 0)
        var median = RunningMedian(count: 5)
        for _ in 0..<200 {
            #expect(abs(average.process(140, after: Self.second) - 140) < 1e-9)
            #expect(abs(oneEuro.process(140, after: Self.second) - 140) < 1e-9)
            #expect(abs(kalman.process(140, after: Self.second) - 140) < 1e-9)
            #expect(hampel.process(140) == 140)
            #expect(median.process(140) == 140)
        }
    }

    @Test("The average has gone 63 % of a step after its time constant, in one step or in thirty")
    func step() {
        var one = ExponentialAverage(timeConstant: Interval(3))
        var thirty = ExponentialAverage(timeConstant: Interval(3))
        #expect(one.value == nil)
        _ = (one.process(0, after: Self.second), thirty.process(0, after: Self.second))
        _ = one.process(1, after: Interval(3))
        for _ in 0..<30 { _ = thirty.process(1, after: Interval(0.1)) }
        #expect(abs((one.value ?? 0) - (1 - exp(-1))) < 1e-12)
        #expect(abs((thirty.value ?? 0) - (1 - exp(-1))) < 1e-12)
    }

    @Test("The filter of constant velocity learns a ramp and lags no longer")
    func ramp() {
        var kalman = ConstantVelocityFilter(
            processNoise: 0.05,
            measurementNoise: 4,
            valueVariance: 4,
            rateVariance: 1
        )
        var output = 0.0
        for second in 0..<300 { output = kalman.process(2 * Double(second), after: Self.second) }
        #expect(abs(output - 598) < 1e-3 && abs(kalman.rate - 2) < 1e-3)
    }

    @Test("Hampel takes out four wrong samples of nine and accepts a step at the fifth")
    func hampel() {
        var hampel = Hampel(floor: 6)
        for _ in 0..<9 { _ = hampel.process(120) }
        let outputs = (0..<6).map { _ in hampel.process(180) }
        #expect(outputs == [120, 120, 120, 120, 180, 180])
        var small = Hampel(floor: 6)
        for _ in 0..<9 { _ = small.process(120) }
        #expect(small.process(126) == 126 && small.process(127) == 120)
    }

    @Test("The median of an even count is the mean of the middle two")
    func median() {
        var median = RunningMedian(count: 5)
        #expect([3.0, 1, 2, 10, 4, 9].map { median.process($0) } == [3, 2, 2, 2.5, 3, 4])
    }

    @Test("A sample at the time of the one before is left out by one-euro")
    func sameTime() {
        var oneEuro = OneEuro(minimumCutoff: 0.15, beta: 0.05)
        _ = oneEuro.process(100, after: Self.second)
        #expect(oneEuro.process(200, after: Interval(0)) == 100)
        #expect(oneEuro.process(200, after: Interval(-1)) == 100)
    }
}
