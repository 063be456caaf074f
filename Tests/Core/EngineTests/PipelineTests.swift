import Engine
import Messages
import Simulation
import Testing
import Twin
import Wire

/// The engine fed by the simulated squad: from frames to rows.
@Suite struct PipelineTests {
    static let start = Instant(nanoseconds: 1_000 * .second)

    @Test("Without weather the rows tell what happened: beats, distance and steps")
    func truth() throws {
        var squad = Squad(athletes: 10, seed: 3, start: Self.start, weather: .none)
        var engine = Self.engine(commitInterval: .second)
        engine.adopt(
            squad.roster.map { Wearer(athlete: $0.athlete, sensors: $0.sensors) },
            at: Self.start
        )
        var beats = [String: Double]()
        var commands: [Engine.Command] = []
        var last = [String: Row]()
        squad.frames(until: Self.start + 300 * .second) { frame in
            engine.take(frame)
            engine.takeCommands(into: &commands)
            for case .live(let athlete, let row) in commands {
                let id = engine.athletes[athlete].id
                last[id] = row
                for index in 0..<row.beats.count {
                    beats[id, default: 0] += Double(row.beats[index]) / 10_000
                }
            }
            Self.answer(commands, &engine, at: frame.time)
        }
        #expect(engine.counters.malformedFrames == 0)
        for (index, entry) in squad.roster.enumerated() {
            let truth = squad.truth(of: index)
            let row = try #require(last[entry.athlete])
            #expect(abs((row[.heartRate] ?? 0) - truth.heartRate.value) < 15, "\(entry.athlete)")
            if let distance = row[.distance] {
                #expect(abs(distance - truth.distance.value) < 25, "\(entry.athlete)")
            }
            if let sum = beats[entry.athlete] {
                #expect((270...301).contains(sum), "\(entry.athlete): \(sum) s of beats")
            }
        }
    }

    @Test("Frames of unknown sensors and broken pages are counted and change nothing else")
    func garbage() {
        var engine = Self.engine(commitInterval: .second)
        var random = SplitMix64(seed: 9)
        for index in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let sensor: SensorID =
                Bool.random(using: &random)
                ? .ant(
                    number: UInt32.random(in: 0...9_999, using: &random),
                    type: UInt8.random(in: 0...127, using: &random)
                )
                : .ble(address: UInt64.random(in: 0...9_999, using: &random))
            let channel: Channel = [.antPage, .advertisement, .characteristic(AttributeUUID(0x2A37))]
                .randomElement(using: &random)!
            engine.take(
                Frame(
                    time: Self.start + Int64(index) * .millisecond,
                    source: SourceIndex(0),
                    sensor: sensor,
                    channel: channel,
                    payload: Payload(bytes)!
                )
            )
        }
        #expect(engine.counters.frames == 20_000)
        #expect(engine.sensors.count <= 4_096)
        #expect(engine.athletes.count <= 1_024)
        #expect(engine.counters.malformedFrames + engine.counters.unknownFrames > 0)
    }

    @Test("A time far in the future neither hangs nor traps")
    func future() {
        var engine = Self.engine(commitInterval: .second)
        var frame = Frame(
            time: Self.start,
            source: SourceIndex(0),
            sensor: .ant(number: 1, type: 120),
            channel: .antPage,
            payload: Payload([0, 255, 255, 255, 1, 2, 3, 70])!
        )
        engine.take(frame)
        for time in [Int64.max, Int64.max / 2, .min, 0] {
            frame.time = Instant(nanoseconds: time)
            engine.take(frame)
        }
        #expect(engine.counters.frames == 5)
    }

    static func engine(commitInterval: Nanoseconds) -> Engine {
        var settings = Engine.Settings(gateway: "test", boot: BootID(high: 1, low: 1))
        settings.autoAthletes = true
        settings.commitInterval = commitInterval
        return Engine(settings: settings, start: start)
    }

    /// A store that always succeeds.
    static func answer(_ commands: [Engine.Command], _ engine: inout Engine, at time: Instant) {
        for command in commands {
            if case .commit = command { engine.committed(CommitReceipt(deliverableBelow: 1), at: time) }
        }
    }
}
