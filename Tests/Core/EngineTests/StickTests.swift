import Engine
import Simulation
import Testing
import Twin
import Wire

/// One squad heard by several sticks: every message counts once, in the right order.
@Suite struct StickTests {
    static let start = PipelineTests.start
    static let minutes: Int64 = 5

    /// What an engine made of frames.
    struct Outcome {
        var engine: Engine
        /// The newest row of each athlete, and how many beats were told in all, and their sum in seconds.
        var rows: [String: Row] = [:]
        var beats: [String: Int] = [:]
        var seconds: [String: Double] = [:]
    }

    static func run(_ frames: [Frame], _ squad: Squad) -> Outcome {
        var outcome = Outcome(engine: PipelineTests.engine(commitInterval: .second))
        outcome.engine.adopt(
            squad.roster.map { Wearer(athlete: $0.athlete, sensors: $0.sensors) },
            at: start
        )
        var commands: [Engine.Command] = []
        func collect(at time: Instant) {
            outcome.engine.takeCommands(into: &commands)
            for case .live(let athlete, let row) in commands {
                let id = outcome.engine.athletes[athlete].id
                outcome.rows[id] = row
                outcome.beats[id, default: 0] += row.beats.count
                for index in 0..<row.beats.count {
                    outcome.seconds[id, default: 0] += Double(row.beats[index]) / 10_000
                }
            }
            PipelineTests.answer(commands, &outcome.engine, at: time)
        }
        for frame in frames {
            outcome.engine.take(frame)
            collect(at: frame.time)
        }
        outcome.engine.advance(to: start + minutes * .minute + 2 * .second)
        collect(at: start + minutes * .minute + 2 * .second)
        return outcome
    }

    static let habits: [Sticks.Habits] = [
        Sticks.Habits(),
        Sticks.Habits(jitter: 80 * .millisecond),
        Sticks.Habits(jitter: 80 * .millisecond, stalls: true),
    ]

    @Test(
        "Two sticks that each hear 70 % hear 91 % together, every message once, whatever USB does",
        arguments: habits.indices,
        [1, 2] as [UInt64]
    )
    func union(habits: Int, seed: UInt64) throws {
        var squad = Squad(athletes: 10, seed: seed, start: Self.start, weather: .none)
        var sticks = Sticks(2, seed: seed, habits: Self.habits[habits])
        squad.frames(until: Self.start + Self.minutes * .minute) { sticks.broadcast($0) }
        let outcome = Self.run(sticks.delivered, squad)
        let reference = Self.run(sticks.union, squad)

        var (expected, received): (UInt64, UInt64) = (0, 0)
        for (index, sensor) in outcome.engine.sensors.enumerated() {
            guard case .ant = sensor.id.kind else { continue }
            let reception = outcome.engine.reception(ofSensor: index)
            let sent = sticks.sent[sensor.id] ?? 0
            #expect(abs(Int(reception.expected) - sent) <= 4, "\(sensor.id)")
            // In the first two seconds the stamps are not trusted yet, and a return to a page may hide.
            #expect((0...1).contains((sticks.inUnion[sensor.id] ?? 0) - Int(reception.received)))
            #expect(reception.received(by: SourceIndex(0)) == UInt64(sticks.heard[0][sensor.id] ?? 0))
            #expect(reception.received(by: SourceIndex(2)) == UInt64(sticks.heard[1][sensor.id] ?? 0))
            expected += reception.expected
            received += reception.received
        }
        #expect(abs(Double(received) / Double(expected) - 0.91) < 0.01)

        for (index, entry) in squad.roster.enumerated() {
            let id = entry.athlete
            #expect(outcome.rows[id]?[.distance] == reference.rows[id]?[.distance], "\(id)")
            #expect(outcome.rows[id]?[.steps] == reference.rows[id]?[.steps], "\(id)")
            let (beats, whole) = (outcome.beats[id] ?? 0, reference.beats[id] ?? 0)
            #expect(beats <= squad.truth(of: index).beatCount, "\(id)")
            // A page that a stall held back is outdated, and so is a beat that it alone told.
            // Which of two radios tells a strap's beats depends on when they arrive.
            let mayDiffer = Self.habits[habits].stalls || index % 8 == 3
            #expect(beats == whole || mayDiffer && abs(beats - whole) * 100 <= whole * 2, "\(id)")
            #expect((outcome.seconds[id] ?? 0) <= Double(Self.minutes) * 60 + 2, "\(id)")
        }
        if !Self.habits[habits].stalls { #expect(outcome.engine.counters.lateFrames == 0) }
    }

    @Test("Sticks that give no stamps count to within one per cent, and no metre twice")
    func unstamped() {
        var squad = Squad(athletes: 10, seed: 4, start: Self.start, weather: .none)
        var habits = Sticks.Habits(jitter: 80 * .millisecond)
        habits.stamps = false
        var sticks = Sticks(2, seed: 4, habits: habits)
        squad.frames(until: Self.start + Self.minutes * .minute) { sticks.broadcast($0) }
        let outcome = Self.run(sticks.delivered, squad)
        let reference = Self.run(sticks.union, squad)

        var (expected, received): (UInt64, UInt64) = (0, 0)
        for (index, sensor) in outcome.engine.sensors.enumerated() {
            guard case .ant = sensor.id.kind else { continue }
            expected += outcome.engine.reception(ofSensor: index).expected
            received += outcome.engine.reception(ofSensor: index).received
        }
        let share = Double(received) / Double(expected)
        #expect(abs(share - 0.91) < 0.01, "\(share)")
        for entry in squad.roster {
            let id = entry.athlete
            #expect(outcome.rows[id]?[.distance] == reference.rows[id]?[.distance], "\(id)")
            #expect(outcome.beats[id] == reference.beats[id], "\(id)")
        }
    }

    @Test("A stick that stamps everything alike, or begins anew, loses nothing")
    func brokenStamps() {
        var squad = Squad(athletes: 3, seed: 6, start: Self.start, weather: .none)
        for isConstant in [true, false] {
            var engine = PipelineTests.engine(commitInterval: .second)
            var commands: [Engine.Command] = []
            var count: UInt64 = 0
            squad.frames(until: squad.now + 3 * .minute) { frame in
                var frame = frame
                if isConstant {
                    frame.receiveStamp = frame.receiveStamp.map { _ in 0 }
                } else if (frame.time - Self.start) / .second % 40 >= 20 {
                    frame.receiveStamp = frame.receiveStamp.map { $0 &+ 40_000 }
                }
                // The level of a battery has no rate, and is not counted beside what has one.
                if frame.channel != .characteristic(AttributeUUID(0x2A19)) { count += 1 }
                engine.take(frame)
                engine.takeCommands(into: &commands)
                PipelineTests.answer(commands, &engine, at: frame.time)
            }
            let received = engine.sensors.indices.reduce(0) { $0 + engine.reception(ofSensor: $1).received }
            #expect(received == count)
            #expect(engine.counters.lateFrames == 0)
            #expect(engine.counters.copiedFrames == 0)
        }
    }
}
