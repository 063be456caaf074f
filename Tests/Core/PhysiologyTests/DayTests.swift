import Physiology
import Testing
import Wire

@Suite struct DayTests {
    @Test("A constant load becomes its own mean, in every form", arguments: [7, 28, 42])
    func constant(days: Int) {
        for form in [ExponentialLoad.Form.span(days), .timeConstant(days)] {
            var load = ExponentialLoad(form)
            var before = 0.0
            for _ in 0..<20 * days {
                load.add(100)
                #expect(load.value >= before && load.value <= 100)
                before = load.value
            }
            #expect(abs(load.value - 100) < 1e-6)
        }
    }

    @Test("The two forms of seven days differ, and a seed takes away the slow start")
    func forms() {
        var span = ExponentialLoad(.span(7))
        var constant = ExponentialLoad(.timeConstant(7))
        var seeded = ExponentialLoad(.timeConstant(42), seed: 80)
        span.add(100)
        constant.add(100)
        seeded.add(80)
        #expect(span.value == 25)
        #expect(abs(constant.value - 13.3122) < 1e-4)
        #expect(abs(seeded.value - 80) < 1e-12)
    }

    @Test(
        "A load that no day can have is refused and changes nothing",
        arguments: [-1, 10_001, .nan, .infinity]
    )
    func refused(load: Double) {
        var mean = ExponentialLoad(.span(7), seed: 50)
        var weeks = LoadWeeks()
        var balance = TrainingBalance(seed: 50)
        var response = ImpulseResponse(baseline: 500, gain: 1, loss: 2)
        let isTaken = mean.add(load)
        #expect(!isTaken)
        weeks.add(load)
        balance.add(load)
        response.add(load)
        #expect(mean.value == 50 && mean.days == 0)
        #expect(weeks.days == 0)
        #expect(balance.chronic == 50 && balance.balance == nil)
        #expect(response.performance == 500)
    }

    @Test("Equal loads have no monotony: null, not infinity")
    func equalLoads() {
        var weeks = LoadWeeks()
        for _ in 0..<30 { weeks.add(300.1) }
        #expect(weeks.monotony == nil)
        #expect(weeks.strain == nil)
        #expect(abs((weeks.coupledRatio ?? 0) - 1) < 1e-12)
        #expect(abs((weeks.uncoupledRatio ?? 0) - 1) < 1e-12)
    }

    @Test("Monotony takes seven days, ratios take 28, and rest alone has no ratio")
    func firstDays() {
        var weeks = LoadWeeks()
        var ratio = LoadRatio()
        for day in 1...28 {
            weeks.add(day.isMultiple(of: 2) ? 100 : 50)
            ratio.add(50)
            #expect((weeks.monotony != nil) == (day >= 7))
            #expect((weeks.coupledRatio != nil) == (day >= 28))
            #expect((ratio.ratio != nil) == (day >= 28))
        }
        var rest = LoadWeeks()
        for _ in 0..<28 { rest.add(0) }
        #expect(rest.coupledRatio == nil && rest.uncoupledRatio == nil && rest.monotony == nil)
    }

    @Test("Coupled and uncoupled ratios tell the same change in their own way")
    func ratios() {
        var weeks = LoadWeeks()
        for day in 0..<28 { weeks.add(day < 21 ? 50 : 100) }
        #expect(abs((weeks.uncoupledRatio ?? 0) - 2) < 1e-12)
        #expect(abs((weeks.coupledRatio ?? 0) - 1.6) < 1e-12)
    }

    @Test("The balance of a day is that of the day before, so the first has none")
    func balance() {
        var balance = TrainingBalance()
        balance.add(100)
        #expect(balance.balance == nil)
        let before = balance.chronic - balance.acute
        balance.add(0)
        #expect(balance.balance == before)
    }

    @Test("Feeling times minutes is the load, within the scale")
    func session() {
        #expect(SessionLoad.load(rating: 6, lasting: 45 * .minute) == 270)
        #expect(SessionLoad.load(rating: 10.5, lasting: .hour) == nil)
        #expect(SessionLoad.load(rating: 5, lasting: -1) == nil)
    }
}
