import Physiology
import Testing
import Units
import Wire

@Suite struct PowerTests {
    @Test(
        "Steady power is its own normalized power, however the start is counted",
        arguments: [NormalizedPower.Start.fullWindows, .partialWindows]
    )
    func steady(start: NormalizedPower.Start) {
        var normalized = NormalizedPower(start)
        for _ in 0..<100 { normalized.add(Power(250)) }
        #expect(abs((normalized.power?.value ?? 0) - 250) < 1e-9)
    }

    @Test("Full windows wait for thirty seconds, and begin anew behind a gap")
    func windows() {
        var normalized = NormalizedPower()
        for _ in 0..<29 { normalized.add(Power(200)) }
        #expect(normalized.power == nil)
        normalized.add(Power(200))
        #expect(normalized.windows == 1)
        normalized.interrupt()
        for _ in 0..<29 { normalized.add(Power(1_000)) }
        #expect(normalized.windows == 1)
        #expect(normalized.power == Power(200))
    }

    @Test("An hour at the threshold is a stress of 100")
    func threshold() throws {
        var summary = try #require(PowerSummary(threshold: Power(280)))
        for _ in 0..<3_600 { summary.add(Power(280)) }
        #expect(abs((summary.stress ?? 0) - 100) < 1e-9)
        #expect(abs((summary.intensity ?? 0) - 1) < 1e-12)
        #expect(abs((summary.variability ?? 0) - 1) < 1e-12)
        #expect(summary.work == 280 * 3_600)
        #expect(PowerSummary(threshold: Power(0)) == nil)
    }

    @Test("Variable power costs more than its mean")
    func variable() throws {
        var summary = try #require(PowerSummary(threshold: Power(280)))
        for second in 0..<1_200 { summary.add(Power(second / 60 % 2 == 0 ? 400 : 100)) }
        #expect((summary.variability ?? 0) > 1.1)
    }

    @Test("Missed seconds do no work, leave the mean alone and are told")
    func missed() throws {
        var summary = try #require(PowerSummary(threshold: Power(280)))
        for second in 0..<100 {
            if second < 60 { summary.add(Power(200)) } else { summary.add(Power(5_000)) }
        }
        #expect(summary.mean == Power(200))
        #expect(summary.work == 12_000)
        #expect(summary.coverage.share == Share(60))
    }

    @Test("Resting all the time has a power of 0 and no variability")
    func rest() throws {
        var summary = try #require(PowerSummary(threshold: Power(280)))
        for _ in 0..<60 { summary.add(Power(0)) }
        #expect(summary.normalized.power == Power(0))
        #expect(summary.variability == nil)
    }
}

@Suite struct PowerDurationCurveTests {
    @Test("Every value is the best window of all, by brute force")
    func bruteForce() {
        var random = SplitMix64(seed: 3)
        let powers = (0..<400).map { _ in Double(Int.random(in: 0...600, using: &random)) }
        let durations = [1, 5, 30, 120, 400, 401]
        var curve = PowerDurationCurve(durations: durations)
        for power in powers { curve.add(Power(power)) }
        for duration in durations {
            let best = (0...max(0, powers.count - duration)).map { start in
                powers.dropFirst(start).prefix(duration).reduce(0, +) / Double(duration)
            }.max()
            if duration > powers.count {
                #expect(curve.power(over: duration) == nil)
            } else {
                #expect(abs((curve.power(over: duration)?.value ?? -1) - (best ?? 0)) < 1e-9)
            }
        }
    }

    @Test("The curve never falls, gap or no gap")
    func rising() {
        var random = SplitMix64(seed: 4)
        var curve = PowerDurationCurve(durations: [5, 60])
        var before = [Power(0), Power(0)]
        for second in 0..<2_000 {
            let power = Power(Double.random(in: 0...600, using: &random))
            if second % 10 < 7 { curve.add(power) } else { curve.miss() }
            let now = [5, 60].map { curve.power(over: $0) ?? Power(0) }
            #expect(now[0] >= before[0] && now[1] >= before[1])
            before = now
        }
    }

    @Test("Durations that no session has are left out, and none at all is no trap")
    func durations() {
        var curve = PowerDurationCurve(durations: [0, -5, 60, 60, 20_000])
        #expect(curve.durations == [60])
        var none = PowerDurationCurve(durations: [])
        for _ in 0..<100 {
            curve.add(Power(100))
            none.add(Power(100))
        }
        #expect(curve.power(over: 60) == Power(100))
        #expect(none.power(over: 60) == nil)
    }
}

@Suite struct RollingPowerTests {
    @Test("The mean is that of the last seconds, and less than half of them is not enough")
    func window() {
        var mean = RollingPower(window: 10)
        #expect(mean.mean == nil)
        mean.add(Power(100))
        #expect(mean.mean == Power(100))
        for _ in 0..<10 { mean.add(Power(300)) }
        #expect(mean.mean == Power(300))
        for _ in 0..<5 { mean.miss() }
        #expect(mean.mean == Power(300))
        mean.miss()
        #expect(mean.mean == nil)
    }
}

@Suite struct WorkBalanceTests {
    private func balance(_ form: WorkBalance.Form) -> WorkBalance {
        WorkBalance(critical: Power(300), capacity: 20_000, form: form)!
    }

    static let forms: [WorkBalance.Form] = [
        .integral(timeConstant: Interval(400)), .differential, .exactStep,
    ]

    @Test("A hundred watts above critical power cost 100 J a second", arguments: forms.dropFirst())
    func spending(form: WorkBalance.Form) {
        var balance = balance(form)
        for _ in 0..<60 { balance.add(Power(400)) }
        #expect(balance.balance == 14_000)
        #expect(balance.share == Share(70))
    }

    @Test("Recovery never exceeds what there was, and a gap recovers nothing", arguments: forms)
    func recovery(form: WorkBalance.Form) {
        var balance = balance(form)
        for _ in 0..<60 { balance.add(Power(400)) }
        let spent = balance.balance
        for _ in 0..<600 { balance.miss() }
        #expect(balance.balance == spent)
        var before = spent
        for _ in 0..<20_000 {
            balance.add(Power(0))
            #expect(balance.balance >= before && balance.balance <= 20_000)
            before = balance.balance
        }
        #expect(balance.balance > 19_990)
        #expect(balance.minimum == spent)
    }

    @Test("More spent than there was is told, not clipped", arguments: forms)
    func negative(form: WorkBalance.Form) {
        var balance = balance(form)
        for _ in 0..<300 { balance.add(Power(450)) }
        #expect(balance.balance < 0)
        #expect(balance.share < Share(0))
    }

    @Test("The time constant of a rest at critical power is the longest, 862 s")
    func timeConstant() {
        let constant = WorkBalance.timeConstant(critical: Power(300), meanBelow: Power(300))
        #expect(constant == Interval(862))
    }

    @Test("Models that no body has are refused")
    func refused() {
        #expect(WorkBalance(critical: Power(0), capacity: 20_000) == nil)
        #expect(WorkBalance(critical: Power(300), capacity: 0) == nil)
        #expect(WorkBalance(critical: Power(300), capacity: .nan) == nil)
    }
}

@Suite struct EffortModelTests {
    @Test("Efforts on a perfect hyperbola give back critical power and W′ by both methods")
    func criticalPower() throws {
        let efforts = [120.0, 300, 720, 1_200].map {
            CriticalPower.Effort(duration: Interval($0), power: Power(300 + 15_000 / $0))
        }
        for method in [CriticalPower.Method.workTime, .inverseTime] {
            let model = try #require(CriticalPower(efforts, method: method))
            #expect(abs(model.power.value - 300) < 1e-6)
            #expect(abs(model.capacity - 15_000) < 1e-3)
        }
        #expect(CriticalPower(Array(efforts.prefix(1)), method: .workTime) == nil)
        #expect(CriticalPower([efforts[0], efforts[0]], method: .inverseTime) == nil)
    }

    @Test("An effort that was held longer with more power gives no model")
    func impossible() {
        let efforts = [(120.0, 200.0), (1_200, 400)].map {
            CriticalPower.Effort(duration: Interval($0.0), power: Power($0.1))
        }
        #expect(CriticalPower(efforts, method: .workTime) == nil)
        #expect(CriticalPower(efforts, method: .inverseTime) == nil)
    }

    @Test("Critical speed is the slope of distance over time")
    func criticalSpeed() throws {
        let efforts = [180.0, 400, 900].map {
            CriticalSpeed.Effort(distance: Distance(4 * $0 + 150), duration: Interval($0))
        }
        let model = try #require(CriticalSpeed(efforts))
        #expect(abs(model.speed.value - 4) < 1e-9)
        #expect(abs(model.reserve.value - 150) < 1e-6)
    }

    @Test("The same distance takes the same time, a longer one more than in proportion")
    func riegel() throws {
        let same = RacePrediction.time(Interval(2_400), over: Distance(10_000), for: Distance(10_000))
        #expect(same == Interval(2_400))
        let double = RacePrediction.time(Interval(2_400), over: Distance(10_000), for: Distance(20_000))
        #expect(try #require(double) > Interval(4_800))
        #expect(RacePrediction.time(Interval(0), over: Distance(10_000), for: Distance(20_000)) == nil)
    }
}

@Suite struct DecouplingTests {
    @Test("A heart that needs 5 % more beats for the same power decouples by 4.8 %")
    func halves() throws {
        let samples = (0..<2_000).map {
            Decoupling.Sample(output: 250, rate: HeartRate($0 < 1_000 ? 140 : 147))
        }
        let share = try #require(Decoupling.ofHalves(samples).decoupling)
        #expect(abs(share.value - 100 * (1 - 140.0 / 147)) < 1e-9)
        #expect(Decoupling.ofHalves([]).decoupling == nil)
    }

    @Test("Live it is known from minute 30 on, and gaps do not count as rest")
    func live() {
        var decoupling = Decoupling()
        for second in 0..<2_400 {
            if second < 1_800 { #expect(decoupling.live == nil) }
            let isLost = second % 10 == 3
            if isLost {
                decoupling.miss()
            } else {
                decoupling.add(250, HeartRate(second < 1_700 ? 140 : 147))
            }
        }
        let live = decoupling.live?.value ?? 0
        #expect(abs(live - 100 * (1 - 140.0 / 147)) < 1e-9)
    }

    @Test("Ten minutes with half of the seconds missing give no value")
    func thin() {
        var decoupling = Decoupling()
        for second in 0..<2_400 {
            if second.isMultiple(of: 2) { decoupling.miss() } else { decoupling.add(250, HeartRate(140)) }
        }
        #expect(decoupling.live == nil)
    }

    @Test("The efficiency factor is power over rate, over the seconds that have both")
    func factor() {
        var factor = EfficiencyFactor()
        #expect(factor.value == nil)
        factor.add(280, HeartRate(140), lasting: .second)
        factor.add(280, HeartRate(0), lasting: .second)
        #expect(factor.value == 2)
        #expect(factor.coverage.share == Share(50))
    }
}
