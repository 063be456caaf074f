import Engine
import Simulation
import Testing
import Twin
import Wire

/// What the operator says about sensors reaches rows and records.
@Suite struct SensorSettingsTests {
    static func settings(_ change: (inout SensorSettings) -> Void) -> SensorSettings {
        var settings = SensorSettings()
        change(&settings)
        return settings
    }

    @Test("A pod's calibration multiplies its speed and distance, and nothing of a strap's")
    func calibration() throws {
        let settings = Self.settings { $0.calibration = 1.5 }
        var bench = Bench { $0.sensors = [Bench.pod(1): settings, Bench.strap(1): settings] }
        bench.adopt(1)
        for second in 0..<20 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(1, metres: UInt8(3 * second), strides: UInt8(second))
            bench.hear(1, rate: 120)
        }
        bench.go(to: 20)
        let row = try #require(bench.live(1))
        #expect(row[.speed] == 4.5)
        #expect(row[.distance] == 85.5)
        #expect(row[.heartRate] == 120)
        #expect(bench.engine.sensors.allSatisfy { $0.settings.calibration == 1.5 })
    }

    @Test("Settings that change while it runs count from there, and tell the records that changed")
    func reload() throws {
        var bench = Bench()
        bench.adopt(1)
        var settings = bench.engine.settings
        for second in 0..<20 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(1, metres: UInt8(3 * second), strides: UInt8(second))
            bench.hear(1, rate: 120)
            if second == 9 {
                settings.sensors[Bench.pod(1)] = Self.settings { ($0.calibration, $0.side) = (2, .right) }
                let before = bench.changedSensors.count
                bench.engine.apply(settings)
                bench.go(to: 9.6)
                #expect(bench.changedSensors.count == before + 1)
                bench.engine.apply(settings)
                bench.go(to: 9.7)
                #expect(bench.changedSensors.count == before + 1)
            }
        }
        bench.go(to: 20)
        let row = try #require(bench.live(1))
        #expect(row[.speed] == 6)
        #expect(row[.distance] == 87.0)  // 27 m, and 30 m counted twofold.
        let index = try #require(bench.engine.sensors.firstIndex { $0.id == Bench.pod(1) })
        #expect(bench.engine.sensors[index].settings.side == .right)

        settings.sensors = [:]
        bench.engine.apply(settings)
        #expect(bench.engine.sensors[index].settings.isEmpty)
    }

    @Test("The report of what was received names the worst first, is bounded, and knows each radio")
    func report() {
        let start = PipelineTests.start
        var squad = Squad(athletes: 12, seed: 8, start: start)
        var engine = PipelineTests.engine(commitInterval: .second)
        var commands: [Engine.Command] = []
        squad.frames(until: start + 5 * .minute) { frame in
            engine.take(frame)
            engine.takeCommands(into: &commands)
            PipelineTests.answer(commands, &engine, at: frame.time)
        }
        let report = engine.receptionReport(atMost: 5)
        #expect(report.sensors.count == 5)
        let shares = report.sensors.map(\.reception.lossShare)
        #expect(shares == shares.sorted(by: >))
        #expect(shares[0] > 0)
        let all = engine.receptionReport(atMost: 100)
        #expect(all.sensors.count > 20)
        #expect(all.sensors.map(\.reception.lossShare).max() == shares[0])
        #expect(all.radios.map(\.source) == [Squad.antSource, Squad.bleSource])
        #expect(all.radios.reduce(0) { $0 + $1.received } == all.received)
        #expect(all.radios.reduce(0) { $0 + $1.expected } == all.expected)
        #expect(all.received < all.expected)
        // A BLE strap tells its battery now and then, of its own accord: that is no heart rate.
        for entry in all.sensors { #expect(entry.reception.received <= entry.reception.expected + 1) }
    }
}
