import Simulation
import Testing
import Wire

@Suite struct SquadTests {
    @Test("The same seed gives the same frames, another seed gives others")
    func determinism() {
        func checksum(_ seed: UInt64) -> UInt32 {
            var squad = Squad(athletes: 8, seed: seed, start: Squad.origin)
            return squad.checksum(seconds: 60)
        }
        #expect(checksum(7) == checksum(7))
        #expect(checksum(7) != checksum(8))
    }

    @Test("How the frames are asked for changes nothing")
    func chunks() {
        var all = Squad(athletes: 4, seed: 3, start: Squad.origin)
        let expected = all.frames(seconds: 20)
        var single = Squad(athletes: 4, seed: 3, start: Squad.origin)
        #expect(expected.indices.allSatisfy { expected[$0] == single.next() })
        var chunked = Squad(athletes: 4, seed: 3, start: Squad.origin)
        var frames: [Frame] = []
        for step in 1...400 {
            let end = Squad.origin + Int64(step) * 50 * .millisecond
            while let frame = chunked.next(before: end) { frames.append(frame) }
        }
        #expect(frames == expected)
    }

    @Test("The runners do the same in any weather and in any company")
    func independence() {
        var calm = Squad.calm(athletes: 3)
        var stormy = Squad(athletes: 9, seed: 1, start: Squad.origin, keepsBeats: true)
        _ = calm.frames(seconds: 120)
        _ = stormy.frames(seconds: 120)
        for index in 0..<3 {
            let (some, others) = (calm.truth(of: index).beats, stormy.truth(of: index).beats)
            #expect(some.count > 100)
            #expect(zip(some, others).allSatisfy { $0 == $1 })
        }
    }

    @Test("Frames come in order of arrival, from both sources", arguments: [Weather.none, .typical])
    func order(weather: Weather) {
        var squad = Squad(athletes: 10, seed: 5, start: Squad.origin, weather: weather)
        let frames = squad.frames(seconds: 120)
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(Set(frames.map(\.source)) == [Squad.antSource, Squad.bleSource])
        #expect(frames.allSatisfy { $0.isANT == ($0.source == Squad.antSource) })
        #expect(frames.allSatisfy { $0.strength != nil && ($0.receiveStamp != nil) == $0.isANT })
    }

    @Test("The roster names every sensor that is heard, and nothing else, once")
    func roster() {
        var squad = Squad.calm(athletes: 12)
        let heard = Set(squad.frames(seconds: 3).map(\.sensor))
        let known = squad.roster.flatMap(\.sensors)
        #expect(Set(known) == heard)
        #expect(known.count == heard.count)
        #expect(squad.roster.map(\.athlete).prefix(2) == ["athlete_01", "athlete_02"])
        #expect(Set(squad.roster.map(\.name)).count == 12)
        #expect(squad.roster.allSatisfy { (170...210).contains($0.heartRateMaximum) })
    }

    @Test("An ANT pod has the number of the strap of the same athlete")
    func numbers() {
        let first = Squad.calm(athletes: 1).roster[0].sensors
        guard case .ant(let strap, 120) = first[0].kind, case .ant(let pod, 124) = first[1].kind else {
            Issue.record("The first athlete wears an ANT strap and an ANT pod.")
            return
        }
        #expect(strap == pod)
    }

    @Test("Without weather each sensor keeps its rate", arguments: [8, 16])
    func rates(athletes: Int) {
        var squad = Squad.calm(athletes: athletes)
        let frames = squad.frames(seconds: 100)
        for sensor in squad.roster.flatMap(\.sensors) {
            let heard = frames.filter { $0.sensor == sensor && !$0.isNotification(0x2A19) }.count
            let expected =
                switch sensor.kind {
                case .ant(_, 120): 3_276_800.0 / 8070
                case .ant: 3_276_800.0 / 8134
                default: 100.0
                }
            #expect(abs(Double(heard) - expected) <= 1.5, "\(sensor)")
        }
        #expect(squad.tally.sent - frames.count <= 1)
    }

    @Test("The stick's stamps run with true time")
    func stamps() {
        var squad = Squad.calm(athletes: 2)
        let frames = squad.frames(seconds: 30).filter(\.isANT)
        for (earlier, later) in zip(frames, frames.dropFirst()) {
            let ticks = later.receiveStamp! &- earlier.receiveStamp!
            #expect(abs(Double(ticks) / 32768 - Double(later.time - earlier.time) / 1e9) < 0.000_05)
        }
    }
}
