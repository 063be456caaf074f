import Physiology
import Testing
import Units
import Wire

@Suite struct FormTests {
    private let body = SpringMass.Body(mass: 70, leg: Distance(0.95))!

    @Test("A leg that sinks further is softer than the spring of the body is stiff")
    func stiffness() throws {
        let spring = try #require(
            SpringMass(body, speed: Speed(4), contact: Interval(0.22), flight: Interval(0.13))
        )
        #expect(abs(spring.legStiffness.value - 10.15971) < 1e-4)
        #expect(spring.verticalStiffness > spring.legStiffness)
        #expect(spring.compression > spring.sinking)
    }

    @Test("Cadence and contact give the flight: without one there is no spring")
    func walking() {
        let walk = SpringMass(body, speed: Speed(1.5), contact: Interval(0.45), cadence: Cadence(150))
        #expect(walk == nil)
        let run = SpringMass(body, speed: Speed(3), contact: Interval(0.25), cadence: Cadence(170))
        #expect(run != nil)
    }

    @Test("Figures that no runner has give no stiffness")
    func refused() {
        #expect(SpringMass(body, speed: Speed(4), contact: Interval(0), flight: Interval(0.1)) == nil)
        #expect(SpringMass(body, speed: Speed(12), contact: Interval(0.2), flight: Interval(0.1)) == nil)
        #expect(SpringMass(body, speed: Speed(4), contact: Interval(0.2), cadence: Cadence(0)) == nil)
        #expect(SpringMass.Body(mass: 0, leg: Distance(0.9)) == nil)
        #expect(SpringMass.Body(mass: 70, height: Distance(1.8))?.leg == Distance(1.8 * 0.53))
    }

    @Test("Eight centimetres up on a step of one metre are 8 %")
    func ratio() throws {
        let share = try #require(
            VerticalRatio.share(oscillation: Distance(0.08), speed: Speed(3), cadence: Cadence(180))
        )
        #expect(abs(share.value - 8) < 1e-9)
        #expect(
            VerticalRatio.share(oscillation: Distance(0.08), speed: Speed(0), cadence: Cadence(180)) == nil
        )
    }

    @Test("Seconds of standing and walking move no mean of running")
    func summary() {
        var summary = FormSummary(body)
        #expect(summary.legStiffness == nil && summary.verticalRatio == nil && summary.contact == nil)
        let run = FormSummary.Sample(
            speed: Speed(3),
            cadence: Cadence(170),
            contact: Interval(0.25),
            oscillation: Distance(0.08)
        )
        let isRun = summary.add(run)
        #expect(isRun)
        let before = (summary.legStiffness, summary.verticalRatio, summary.contact)
        let isStanding = !summary.add(.init(speed: Speed(3), cadence: Cadence(170), contact: Interval(0)))
        let isWalk = !summary.add(.init(speed: Speed(1.4), cadence: Cadence(130), contact: Interval(0.3)))
        #expect(isStanding && isWalk)
        summary.miss()
        #expect(before == (summary.legStiffness, summary.verticalRatio, summary.contact))
        #expect(summary.coverage.share == Share(25))
    }
}

@Suite struct EnergyTests {
    @Test("A man of 75 kg and 35 years burns about 441 kcal in half an hour at 150")
    func keytel() throws {
        let rate = try #require(
            EnergyExpenditure.keytel(HeartRate(150), mass: 75, age: 35, sex: .male)
        )
        #expect(abs(30 * rate / 4.184 - 441) < 1)
    }

    @Test("At rest the formula of exercise answers 0, not less")
    func rest() {
        #expect(EnergyExpenditure.keytel(HeartRate(40), mass: 60, age: 25, sex: .male) == 0)
        #expect(EnergyExpenditure.keytel(HeartRate(0), mass: 60, age: 25, sex: .male) == nil)
    }

    @Test("Running costs about a kilocalorie for a kilogram and a kilometre, at any speed")
    func running() throws {
        for speed in [2.5, 3, 4, 5] {
            let oxygen = try #require(EnergyExpenditure.oxygenRunning(Speed(speed)))
            let rate = try #require(EnergyExpenditure.kilocalories(oxygen: oxygen, mass: 70))
            let cost = rate / 70 / (speed * 60 / 1_000)
            #expect(cost > 1 && cost < 1.13)
        }
    }

    @Test("Uphill costs more, downhill is not believed to cost less")
    func grade() throws {
        let flat = try #require(EnergyExpenditure.oxygenRunning(Speed(3)))
        #expect(try #require(EnergyExpenditure.oxygenRunning(Speed(3), grade: 0.05)) > flat)
        #expect(EnergyExpenditure.oxygenRunning(Speed(3), grade: -0.05) == flat)
        #expect(EnergyExpenditure.oxygenRunning(Speed(3), grade: 0.5) == nil)
        #expect(EnergyExpenditure.oxygenWalking(Speed(-1)) == nil)
        #expect(abs((EnergyExpenditure.cycling(work: 1_000_000) ?? 0) - 995.9) < 0.1)
    }

    @Test("The heat index is the air's temperature when it is mild, and far more when it is hot and damp")
    func heat() throws {
        let mild = try #require(HeatIndex.temperature(air: Temperature(20), humidity: Share(50)))
        #expect(abs(mild.value - 20) < 1)
        let hot = try #require(HeatIndex.temperature(air: Temperature(32), humidity: Share(70)))
        #expect(abs(hot.value - 40.4) < 0.1)
        for air in -20...55 {
            for humidity in stride(from: 0.0, through: 100, by: 5) {
                #expect(
                    HeatIndex.temperature(air: Temperature(Double(air)), humidity: Share(humidity)) != nil
                )
            }
        }
        #expect(HeatIndex.temperature(air: Temperature(80), humidity: Share(50)) == nil)
    }

    @Test("Strain is 0 at rest, 10 at both limits, and more beyond them")
    func strain() throws {
        let rest = (temperature: Temperature(37), rate: HeartRate(60))
        let strain = try #require(PhysiologicalStrain(rest: rest))
        #expect(strain.index(Temperature(37), HeartRate(60)) == 0)
        #expect(strain.index(Temperature(39.5), HeartRate(180)) == 10)
        #expect(try #require(strain.index(Temperature(40), HeartRate(190))) > 10)
        #expect(strain.index(Temperature(20), HeartRate(190)) == nil)
        #expect(PhysiologicalStrain(rest: (Temperature(39.4), HeartRate(60))) == nil)
    }
}
