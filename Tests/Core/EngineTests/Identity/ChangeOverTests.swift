import Engine
import Simulation
import Testing
import Twin
import Wire

/// One strap whose ways fall silent one after the other.
@Suite struct ChangeOverTests {
    static let start = ThreeWayTests.start

    /// Which frames are lost, in seconds from the start.
    static let losses: [(Range<Int64>, @Sendable (Frame) -> Bool)] = [
        // The link, while the broadcast goes on; ANT+; both of BLE; ANT+ and the link.
        (60..<80, { $0.source == Squad.bleSource && $0.channel != .advertisement }),
        (100..<120, { $0.source == Squad.antSource }),
        (140..<160, { $0.source == Squad.bleSource }),
        (180..<190, { $0.channel != .advertisement }),
    ]

    @Test("The rate is never older than 2 s, and every beat is told once", arguments: 0..<10 as Range<UInt64>)
    func changeOver(seed: UInt64) {
        var squad = Squad(
            athletes: 1,
            seed: seed,
            start: Self.start,
            weather: .none,
            kit: .threeWays,
            keepsBeats: true
        )
        var settings = Engine.Settings(gateway: "test", boot: BootID(high: 1, low: 1))
        settings.commitInterval = .hour
        var engine = Engine(settings: settings, start: Self.start)
        let entry = squad.roster[0]
        engine.adopt([Wearer(athlete: entry.athlete, sensors: entry.sensors)], at: Self.start)
        var rows: [Row] = []
        var commands: [Engine.Command] = []
        while let frame = squad.next(before: Self.start + 240 * .second) {
            let second = (frame.time - Self.start) / .second
            guard !Self.losses.contains(where: { $0.0.contains(second) && $0.1(frame) }) else { continue }
            engine.take(frame)
            engine.takeCommands(into: &commands)
            for case .live(_, let row) in commands { rows.append(row) }
        }
        let shown = rows.drop { $0[.heartRate] == nil }
        #expect(shown.allSatisfy { $0[.heartRate] != nil && $0.age(of: .heartRate) <= 2 })
        #expect(Set(rows.compactMap { $0.sensor(of: .heartRate) }).count == 2)

        // The first interval of a simulated strap begins when the strap does, not with a beat.
        let told = rows.flatMap { row in (0..<row.beats.count).map { Int(row.beats[$0]) } }.dropFirst()
        let beats = squad.truth(of: 0).beats
        let truth = zip(beats.dropFirst(), beats).map { Int(($0 - $1) / 100_000) }
        // Tenths of milliseconds; a tick is ten of them.
        var (next, extra) = (0, 0)
        for (index, interval) in told.enumerated() {
            if let place = truth[next...].firstIndex(where: { abs($0 - interval) <= 20 }) {
                next = place + 1
            } else {
                extra += 1
                print("seed \(seed): extra", Array(told.dropFirst(max(0, index - 9)).prefix(12)))
                print(
                    "truth",
                    Array(truth[max(0, next - 9)..<min(truth.count, next + 4)]),
                    truth.count - next
                )
            }
        }
        // Where intervals hardly vary, the place of the other's beats may be one off.
        #expect(extra <= 1, "seed \(seed)")
        // Those of the ten seconds without either, and the newest.
        #expect(
            told.count <= truth.count && told.count >= truth.count - 40,
            "seed \(seed): \(told.count) of \(truth.count)"
        )
    }
}
