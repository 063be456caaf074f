import Engine
import Foundation
import Simulation
import Testing
import Twin
import Wire

/// A squad whose straps are heard over ANT+, over a link and by their broadcast, frame by frame.
///
/// `STRAP_MATCHES=20 STRAP_MINUTES=90` plays so many squads of so many minutes.
@Suite struct ThreeWayTests {
    static let matches = number("STRAP_MATCHES") ?? 1
    static let minutes = number("STRAP_MINUTES").map { Int64($0) } ?? 5
    static let start = Instant(nanoseconds: 1_000 * .second)

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    /// What an engine made of a squad.
    struct Outcome {
        var engine: Engine
        var beats: [Int]
        /// The longest time without a heart rate between two rows, s.
        var gap = 0.0
        /// Rows of two athletes at one time that were made of one strap.
        var doubles = 0
        var log: [String] = []
    }

    static func play(_ squad: inout Squad, isAssigned: Bool, minutes: Int64) -> Outcome {
        var settings = Engine.Settings(gateway: "test", boot: BootID(high: 1, low: 1))
        settings.autoAthletes = true
        settings.commitInterval = .hour
        var outcome = Outcome(engine: Engine(settings: settings, start: start), beats: [])
        var wearers: [SensorID: Int] = [:]
        for (index, entry) in squad.roster.enumerated() {
            for sensor in entry.sensors { wearers[sensor] = index }
        }
        outcome.beats = Array(repeating: 0, count: squad.roster.count)
        if isAssigned {
            // The operator knows the numbers printed on the straps, not the addresses.
            let wearers = squad.roster.map { Wearer(athlete: $0.athlete, sensors: [$0.sensors[0]]) }
            outcome.engine.adopt(wearers, at: start)
        }
        var seen: [Int: (time: Instant, athlete: Int)] = [:]
        var commands: [Engine.Command] = []
        func collect() {
            outcome.engine.takeCommands(into: &commands)
            for command in commands {
                if case .log(let notice) = command { outcome.log.append(notice.text) }
                guard case .live(let athlete, let row) = command,
                    let sensor = row.sensor(of: .heartRate), let wearer = wearers[sensor]
                else { continue }
                outcome.beats[wearer] += row.beats.count
                if let last = seen[wearer] {
                    if last.time == row.time { outcome.doubles += 1 }
                }
                seen[wearer] = (row.time, athlete)
            }
        }
        while let frame = squad.next(before: start + minutes * .minute) {
            outcome.engine.take(frame)
            collect()
        }
        outcome.engine.advance(to: start + minutes * .minute + 2 * .second)
        collect()
        return outcome
    }

    @Test("Each strap is one athlete, whoever hears it first; no beat counts twice", arguments: 0..<matches)
    func automatic(seed: UInt64) {
        var squad = Squad(athletes: 40, seed: seed, start: Self.start, kit: .threeWays, keepsBeats: true)
        let outcome = Self.play(&squad, isAssigned: false, minutes: Self.minutes)
        check(outcome, squad, seed: seed)
    }

    @Test("An address that nobody assigned follows the number that somebody did", arguments: 0..<matches)
    func assigned(seed: UInt64) {
        var squad = Squad(athletes: 40, seed: seed, start: Self.start, kit: .threeWays, keepsBeats: true)
        let outcome = Self.play(&squad, isAssigned: true, minutes: Self.minutes)
        #expect(outcome.engine.athletes.map(\.id) == squad.roster.map(\.athlete), "seed \(seed)")
        check(outcome, squad, seed: seed)
    }

    private func check(_ outcome: Outcome, _ squad: Squad, seed: UInt64) {
        let engine = outcome.engine
        var owners: [Int: Int] = [:]
        for (index, entry) in squad.roster.enumerated() {
            let athletes = Set(
                entry.sensors.compactMap { id in engine.sensors.first { $0.id == id }?.athlete }
            )
            #expect(athletes.count <= 1, "seed \(seed), \(entry.sensors)")
            for athlete in athletes { owners[athlete, default: 0] += 1 }
            let truth = squad.truth(of: index).beatCount
            #expect(outcome.beats[index] <= truth, "seed \(seed), \(entry.sensors)")
            #expect(outcome.beats[index] * 100 >= truth * 70, "seed \(seed), \(entry.athlete) \(truth)")
        }
        #expect(owners.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        #expect(engine.athletes.count == squad.roster.count, "seed \(seed)")
        #expect(outcome.doubles == 0, "seed \(seed)")
        let beats = outcome.beats.reduce(0, +)
        let truth = (0..<squad.roster.count).reduce(0) { $0 + squad.truth(of: $1).beatCount }
        let unions = outcome.log.count { $0.hasSuffix("are one strap.") }
        print(
            "seed \(seed): \(engine.athletes.count) athletes, \(unions) straps recognised, "
                + "\(outcome.doubles) doubles, \(beats) of \(truth) beats, "
                + "\(outcome.log.count - unions) other notices"
        )
    }
}
