import Engine
import Simulation
import Testing
import Twin
import Wire

/// The squad with every kind of ANT+ sensor, from frames to rows.
@Suite struct KitTests {
    static let start = PipelineTests.start

    /// The rows of eight athletes over five minutes, by their place in the roster.
    struct Outcome {
        var squad: Squad
        var engine: Engine
        var rows: [[Row]] = Array(repeating: [], count: 8)

        init(seed: UInt64, knowsWheels: Bool) {
            squad = Squad(athletes: 8, seed: seed, start: start, weather: .none, kit: .extended)
            var settings = Engine.Settings(gateway: "test", boot: BootID(high: 1, low: 1))
            for sensor in squad.roster.flatMap(\.sensors) where knowsWheels {
                guard case .ant(_, 123) = sensor.kind else { continue }
                settings.sensors[sensor, default: SensorSettings()].wheelCircumference =
                    Squad.wheelCircumference
            }
            engine = Engine(settings: settings, start: start)
            engine.adopt(squad.roster.map { Wearer(athlete: $0.athlete, sensors: $0.sensors) }, at: start)
            var commands: [Engine.Command] = []
            while let frame = squad.next(before: start + 5 * .minute) {
                engine.take(frame)
                engine.takeCommands(into: &commands)
                for case .live(let athlete, let row) in commands { rows[athlete].append(row) }
                PipelineTests.answer(commands, &engine, at: frame.time)
            }
        }

        func sensor(_ athlete: Int, type: UInt8) -> SensorID? {
            squad.roster[athlete].sensors.first { $0.description.hasSuffix(":\(type)") }
        }
    }

    static let outcome = Outcome(seed: 4, knowsWheels: true)

    @Test("A runner's power is told, and what the meter says of cranks never is", arguments: [0, 4])
    func runnersPower(athlete: Int) throws {
        let rows = Self.outcome.rows[athlete]
        let row = try #require(rows.last)
        let power = try #require(row[.power])
        #expect(abs(power - Self.outcome.squad.truth(of: athlete).power.value) < 40)
        #expect(row.sensor(of: .power) == Self.outcome.sensor(athlete, type: 11))
        #expect(row.sensor(of: .motion) == Self.outcome.sensor(athlete, type: 124))
        #expect((row.quality(of: .power) ?? 0) >= 0.75)
        #expect(!rows.contains { $0.isPresent(.crankCadence) })
        // From the second on in which the pod is heard, nothing takes the group from it.
        #expect(Set(rows.dropFirst(2).compactMap { $0.sensor(of: .motion) }).count == 1)
    }

    @Test("Muscle oxygen and its haemoglobin", arguments: [2, 4])
    func muscle(athlete: Int) throws {
        let row = try #require(Self.outcome.rows[athlete].last)
        let saturation = try #require(row[.muscleOxygen])
        #expect(abs(saturation - Self.outcome.squad.truth(of: athlete).muscleOxygen.value) < 4)
        #expect((12...13).contains(row[.haemoglobin] ?? 0))
        #expect(row.sensor(of: .muscleOxygen) == Self.outcome.sensor(athlete, type: 31))
        #expect((row.quality(of: .muscleOxygen) ?? 0) >= 0.75)
    }

    @Test("The temperature of a body is that of core and skin, that of a shoe is the air's")
    func temperature() throws {
        let body = try #require(Self.outcome.rows[3].last)
        #expect((36.9...39).contains(body[.coreTemperature] ?? 0))
        #expect((32.5...35).contains(body[.skinTemperature] ?? 0))
        #expect(body.isPresent(.heatStrainIndex))
        #expect(!body.isPresent(.temperature))
        #expect(body.quality(of: .temperature) != nil)
        let shoe = try #require(Self.outcome.rows[5].last)
        #expect((8...28).contains(shoe[.temperature] ?? 0))
        #expect(!shoe.isPresent(.coreTemperature))
    }

    @Test("A bicycle tells power, cranks and, with a circumference, exact ground")
    func bicycle() throws {
        let row = try #require(Self.outcome.rows[7].last)
        let truth = Self.outcome.squad.truth(of: 7)
        #expect(row.isPresent(.power))
        #expect(abs((row[.crankCadence] ?? 0) - truth.strideRate.value) < 10)
        #expect(row.sensor(of: .power) == Self.outcome.sensor(7, type: 11))
        #expect(row.sensor(of: .motion) == Self.outcome.sensor(7, type: 123))
        #expect(abs((row[.speed] ?? 0) - truth.speed.value) < 1)
        #expect(abs((row[.distance] ?? 0) - truth.distance.value) < 30)

        let unknown = Outcome(seed: 4, knowsWheels: false)
        #expect(!unknown.rows[7].contains { $0.sensor(of: .motion) == unknown.sensor(7, type: 123) })
        #expect(!unknown.rows[7].contains { $0.isPresent(.distance) })
    }

    @Test("Every page is read, and nothing is implausible")
    func reading() {
        #expect(Self.outcome.engine.counters.malformedFrames == 0)
        #expect(Self.outcome.engine.counters.unknownPages == 0)
        #expect(Self.outcome.engine.counters.unknownFrames == 0)
        #expect(Self.outcome.engine.athletes.allSatisfy { $0.twin.implausibleCount == 0 })
    }
}
