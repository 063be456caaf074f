import Physiology
import Testing
import Units
import Wire

/// A heart of τ 48 s, 27.5 beats for a m/s over 62, run at changing speeds.
private func session(seconds: Int, speeds: [Double]) -> [(effort: Double, rate: Double)] {
    var rate = 70.0
    return (0..<seconds).map { second in
        let effort = speeds[second / 120 % speeds.count]
        defer { rate += (1 - decay48) * (62 + 27.5 * effort - rate) }
        return (effort, rate)
    }
}

/// e^(−1/48)
private let decay48 = 0.979382249

@Suite struct HeartRateModelTests {
    @Test("A heart of first order is found again, also when a third of its seconds are lost")
    func truth() throws {
        for isLossy in [false, true] {
            var model = HeartRateFit()
            for (second, sample) in session(seconds: 2_400, speeds: [2.5, 4, 3, 4.5]).enumerated() {
                let isLost = isLossy && second % 3 == 1
                model.add(effort: sample.effort, isLost ? nil : HeartRate(sample.rate))
            }
            let fit = try #require(model.fit)
            #expect(fit.timeConstant == Interval(48))
            #expect(abs(fit.gain - 27.5) < 0.01)
            #expect(abs(fit.base.value - 62) < 0.05)
            #expect(fit.error < HeartRate(0.01))
            #expect(fit.isIdentifiable)
        }
    }

    @Test("A steady run tells that it tells nothing")
    func steady() {
        var model = HeartRateFit()
        for sample in session(seconds: 1_200, speeds: [3, 3.1]) {
            model.add(effort: sample.effort, HeartRate(sample.rate))
        }
        #expect(model.fit?.isIdentifiable == false)
    }

    @Test("Before 300 seconds with a heart rate there is no fit, and noise is no trap")
    func first() {
        var model = HeartRateFit()
        var random = SplitMix64(seed: 9)
        for _ in 0..<299 { model.add(effort: 3, HeartRate(140)) }
        #expect(model.fit == nil)
        var constant = HeartRateFit()
        for _ in 0..<400 { constant.add(effort: 0, HeartRate(60)) }
        #expect(constant.fit?.isIdentifiable != true)
        var noise = HeartRateFit()
        for _ in 0..<1_000 {
            let effort = Double.random(in: -1e6...1e6, using: &random)
            noise.add(effort: effort, HeartRate(Double.random(in: -500...500, using: &random)))
        }
        #expect(noise.fit?.isIdentifiable != true)
    }

    @Test("The filter learns to predict the next second, and predicts nothing across a gap")
    func filter() throws {
        var filter = HeartRateFilter()
        let samples = session(seconds: 2_400, speeds: [2.5, 4, 3, 4.5])
        let first = filter.add(effort: samples[0].effort, HeartRate(samples[0].rate))
        #expect(first == nil)
        for sample in samples.dropFirst().dropLast(100) {
            _ = filter.add(effort: sample.effort, HeartRate(sample.rate))
        }
        for sample in samples.suffix(100) {
            let residual = filter.add(effort: sample.effort, HeartRate(sample.rate))
            #expect(abs(try #require(residual)) < 0.01)
        }
        #expect(abs(filter.factors.x - decay48) < 0.001)
        filter.interrupt()
        let residuals = [filter.add(effort: 3, HeartRate(150)), filter.add(effort: 3, HeartRate(0))]
        #expect(residuals == [nil, nil])
    }

    @Test("Hours of the same second leave the filter finite and ready")
    func windup() throws {
        var filter = HeartRateFilter()
        for _ in 0..<50_000 { _ = filter.add(effort: 0, HeartRate(60)) }
        let jump = filter.add(effort: 300, HeartRate(61))
        let residual = try #require(jump)
        #expect(residual.isFinite && abs(residual) < 5)
        for _ in 0..<100 { _ = filter.add(effort: 300, HeartRate(120)) }
        let last = filter.add(effort: 300, HeartRate(120))
        #expect(abs(try #require(last)) < 5)
    }
}

@Suite struct DetectorTests {
    @Test("A shift of one SD alarms both charts, on both sides, and a reset ends the alarm")
    func shift() {
        for sign in [1.0, -1] {
            var sums = CumulativeSum()
            var chart = ExponentialChart()
            for _ in 0..<50 {
                _ = sums.add(sign)
                _ = chart.add(sign)
            }
            #expect(sums.isAlarmed && chart.isAlarmed)
            sums.reset()
            chart.reset()
            #expect(!sums.isAlarmed && !chart.isAlarmed)
        }
    }

    @Test("What lies within the slack never alarms")
    func slack() {
        var sums = CumulativeSum()
        let alarms = (0..<10_000).count { _ in sums.add(0.5) }
        #expect(alarms == 0)
    }

    @Test("Values that are no numbers change nothing, and huge ones do not stick for ever")
    func noise() {
        var sums = CumulativeSum()
        var chart = ExponentialChart()
        var test = PageHinkley(tolerance: 0.1, threshold: 12)
        let before = (sums, chart, test)
        for value in [Double.nan, .infinity, -.infinity] {
            let alarms = [sums.add(value), chart.add(value), test.add(value)]
            #expect(alarms == [false, false, false])
        }
        #expect(before == (sums, chart, test))
        _ = chart.add(1e300)
        for _ in 0..<200 { _ = chart.add(0) }
        #expect(!chart.isAlarmed)
    }

    @Test("A rise of the mean is found once, and a fall is not")
    func pageHinkley() {
        var test = PageHinkley(tolerance: 0.1, threshold: 12)
        let alarms = (0..<400).filter { test.add($0 < 200 ? 0 : 1) }
        #expect(alarms.count == 1)
        #expect(alarms.first.map { 200..<230 ~= $0 } == true)
        var falling = PageHinkley(tolerance: 0.1, threshold: 12)
        let falls = (0..<400).filter { falling.add($0 < 200 ? 1 : 0) }
        #expect(falls.isEmpty)
    }
}
