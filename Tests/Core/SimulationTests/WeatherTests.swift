import Testing
import Wire

@testable import Simulation

@Suite struct WeatherTests {
    @Test("Fading takes the share that was set", arguments: [0.0, 0.02, 0.1, 0.3])
    func loss(share: Double) {
        var weather = Weather.none
        weather.loss = share
        var squad = Squad(athletes: 8, seed: 3, start: Squad.origin, weather: weather)
        _ = squad.frames(seconds: 600)
        let rate = Double(squad.tally.faded) / Double(squad.tally.sent)
        #expect(abs(rate - share) <= share * 0.2)
    }

    @Test("Losses come in bursts of the set mean length, far longer than independent ones")
    func bursts() {
        var fading = Fading(loss: 0.1, burst: 6)
        var random = SplitMix64(seed: 1)
        let lost = (0..<100_000).map { _ in fading.losesNext(using: &random) }
        let bursts = zip([false] + lost, lost).filter { !$0 && $1 }.count
        let mean = Double(lost.filter { $0 }.count) / Double(bursts)
        // Independent losses of 10 % would have a mean of 1.1.
        #expect((5.5...6.5).contains(mean))
    }

    @Test("Sixteen athletes with ANT sensors lose 0.5 to 8 % to collisions, many messages in a row")
    func collisions() {
        var weather = Weather.none
        weather.collisions = true
        var squad = Squad(athletes: 16, seed: 6, start: Squad.origin, weather: weather)
        let frames = squad.frames(seconds: 600)
        let antSent = Double(squad.tally.sent - frames.filter { !$0.isANT }.count)
        #expect((0.005...0.08).contains(Double(squad.tally.collided) / antSent))

        // 20 ppm apart, two straps need 300 µs / 40 ppm = 7.5 s or 30 messages to pass each other.
        let gaps = Dictionary(grouping: frames.filter { $0.antType == 120 }, by: \.sensor).values.flatMap {
            heard in
            zip(heard, heard.dropFirst()).map { $1.time - $0.time }
        }
        #expect(gaps.contains { $0 > 2 * .second })
    }

    @Test("Messages that overlap are both lost, and none other")
    func overlap() {
        var weather = Weather.none
        var all = Squad(athletes: 8, seed: 6, start: Squad.origin, weather: weather)
        weather.collisions = true
        var some = Squad(athletes: 8, seed: 6, start: Squad.origin, weather: weather)
        let ant = all.frames(seconds: 300).filter(\.isANT)
        let heard = Set(
            some.frames(seconds: 300).filter(\.isANT).map {
                [$0.sensor.rawValue, UInt64($0.time.nanoseconds)]
            }
        )
        var wrong = 0
        for index in ant.indices.dropFirst().dropLast() {
            let before = ant[index].time - ant[index - 1].time
            let after = ant[index + 1].time - ant[index].time
            let isHeard = heard.contains([ant[index].sensor.rawValue, UInt64(ant[index].time.nanoseconds)])
            if isHeard == (min(before, after) < Squad.airTime) { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(some.tally.collided > 0)
    }

    @Test("Duplicates are the same frame again, at most 20 ms later")
    func duplicates() {
        var weather = Weather.none
        weather.duplicates = 0.05
        var squad = Squad(athletes: 4, seed: 1, start: Squad.origin, weather: weather)
        let frames = squad.frames(seconds: 60)
        let expected = Double(squad.tally.sent) * 0.05
        #expect(abs(Double(squad.tally.duplicated) - expected) < expected / 2)
        #expect((0...2).contains(squad.tally.sent + squad.tally.duplicated - frames.count))
        // ANT payloads may repeat; the stick's stamp tells copies from repetitions.
        var copies = 0
        for (index, frame) in frames.enumerated() where frame.isANT {
            let later = frames[(index + 1)...].prefix(20)
            if let copy = later.first(where: {
                $0.sensor == frame.sensor && $0.receiveStamp == frame.receiveStamp
            }) {
                #expect(copy.time - frame.time <= 20 * .millisecond)
                #expect(copy.payload == frame.payload)
                copies += 1
            }
        }
        #expect(copies > 20)
    }

    @Test("Late frames keep the stick's stamp and come within 100 ms")
    func delays() {
        var weather = Weather.none
        weather.delays = 0.05
        var squad = Squad(athletes: 4, seed: 1, start: Squad.origin, weather: weather)
        var calm = Squad(athletes: 4, seed: 1, start: Squad.origin, weather: .none)
        let frames = squad.frames(seconds: 60)
        let calmFrames = calm.frames(seconds: 60)
        let expected = Double(squad.tally.sent) * 0.05
        #expect(abs(Double(squad.tally.delayed) - expected) < expected / 2)
        for sensor in squad.roster.flatMap(\.sensors) {
            // No sensor sends twice within the delay, so the order of its frames stays.
            for (late, true_) in zip(
                frames.filter { $0.sensor == sensor },
                calmFrames.filter { $0.sensor == sensor }
            ) {
                #expect(late.payload == true_.payload)
                #expect(late.receiveStamp == true_.receiveStamp)
                #expect((0...100 * .millisecond).contains(late.time - true_.time))
            }
        }
    }

    @Test("A sensor goes away for minutes and returns with its counters running")
    func absences() {
        var weather = Weather.none
        weather.absences = true
        var squad = Squad(athletes: 1, seed: 12, start: Squad.origin, weather: weather)
        let strap = squad.roster[0].sensors[0]
        let frames = squad.frames(seconds: 7200).filter { $0.sensor == strap }
        let gaps = zip(frames, frames.dropFirst()).filter { $1.time - $0.time > .second }
        #expect((1...8).contains(gaps.count))
        for (before, after) in gaps {
            let gap = after.time - before.time
            #expect((45 * .second...241 * .second).contains(gap))
            #expect(
                before.number(6) != after.number(6) || before.number(4, bytes: 2) != after.number(4, bytes: 2)
            )
        }
    }

    @Test("A strap that slips off freezes its count and then shows no rate; contact bits tell where they can")
    func contactLosses() {
        var weather = Weather.none
        weather.contactLosses = true
        var squad = Squad(athletes: 6, seed: 2, start: Squad.origin, weather: weather)
        let frames = squad.frames(seconds: 3300)
        let strap = squad.roster[0].sensors[0]
        let pages = frames.filter { $0.sensor == strap }.dropFirst(20)
        let silent = pages.filter { $0.number(7) == 0 }
        #expect(!silent.isEmpty)
        // Only the first beat after a silence counts before there is a rate again.
        let silences = 1 + zip(silent, silent.dropFirst()).filter { $1.time - $0.time > .second }.count
        let changes = zip(silent, silent.dropFirst()).filter {
            $1.time - $0.time < .second && $0.number(6) != $1.number(6)
        }
        #expect(changes.count <= silences)
        #expect(silent.count > 8 * silences)
        let notifications = frames.filter { $0.isNotification(0x2A37) }
        let off = notifications.filter { $0.payload[0] & 0x06 == 0x04 }
        #expect(off.contains { $0.number(1) == 0 && $0.payload[0] & 0x10 == 0 })
        #expect(notifications.contains { $0.payload[0] & 0x06 == 0x06 })
    }

    @Test("In a storm, too, hardly more frames are under way than there are sensors")
    func bound() {
        var weather = Weather.typical
        (weather.duplicates, weather.delays) = (0.9, 0.9)
        var squad = Squad(athletes: 20, seed: 4, start: Squad.origin, weather: weather)
        let sensors = squad.roster.flatMap(\.sensors).count
        var most = 0
        for _ in 0..<20_000 {
            _ = squad.next()
            most = max(most, squad.underWay)
        }
        #expect(most > 2)
        #expect(most <= 2 * sensors)
    }
}
