import Reactor
import Simulation
import Testing
import Wire

@testable import SimulatedRadio

@Suite struct SquadPlayerTests {
    static let start = Instant(nanoseconds: 500 * .second)

    private func player(speed: Double = 1) -> SquadPlayer {
        let squad = Squad(athletes: 2, seed: 4, start: Self.start)
        return SquadPlayer(squad, from: Self.start, speed: speed)
    }

    private func play(_ player: inout SquadPlayer, until end: Instant) -> [Frame] {
        var frames: [Frame] = []
        while let frame = player.next(before: end) { frames.append(frame) }
        return frames
    }

    @Test("At real speed the frames are those of the squad, times included")
    func realTime() {
        var squad = Squad(athletes: 2, seed: 4, start: Self.start)
        var expected: [Frame] = []
        squad.frames(until: Self.start + 20 * .second) { expected.append($0) }

        var player = player()
        player.resume(at: Self.start)
        var frames: [Frame] = []
        for step in 1...400 {
            frames += play(&player, until: Self.start + Int64(step) * 50 * .millisecond)
        }
        #expect(frames == expected)
    }

    @Test("At tenfold speed a second holds ten seconds of the squad")
    func speed() {
        var (slow, fast) = (player(), player(speed: 10))
        slow.resume(at: Self.start)
        fast.resume(at: Self.start)
        let frames = play(&slow, until: Self.start + 20 * .second)
        let fastFrames = play(&fast, until: Self.start + 2 * .second)
        #expect(fastFrames.map(\.payload) == frames.map(\.payload))
        for (some, other) in zip(frames, fastFrames) {
            #expect(abs((some.time - Self.start) / 10 - (other.time - Self.start)) <= .microsecond)
        }
    }

    @Test("A pause plays nothing and loses nothing")
    func pause() {
        var (whole, paused) = (player(), player())
        whole.resume(at: Self.start)
        paused.resume(at: Self.start)
        let expected = play(&whole, until: Self.start + 20 * .second)

        let middle = Self.start + 10 * .second
        var frames = play(&paused, until: middle)
        paused.pause(at: middle)
        #expect(play(&paused, until: middle + 30 * .second).isEmpty)
        paused.resume(at: middle + 60 * .second)
        let rest = play(&paused, until: middle + 70 * .second)
        #expect(rest.first.map { $0.time >= middle + 60 * .second } == true)
        frames += rest
        #expect(frames.map(\.payload) == expected.map(\.payload))
    }

    @Test("A long absence is skipped, a short one is caught up with")
    func absence() {
        var player = player()
        player.resume(at: Self.start)
        let before = play(&player, until: Self.start + 2 * .second).count
        #expect(before > 0)

        let short = Self.start + 2_900 * .millisecond
        player.skipAbsence(until: short, longerThan: .second)
        #expect(!play(&player, until: short).isEmpty)

        let long = short + .hour
        player.skipAbsence(until: long, longerThan: .second)
        #expect(play(&player, until: long).isEmpty)
        let next = play(&player, until: long + 2 * .second)
        #expect(next.first.map { $0.time >= long } == true)
        #expect(next.count < 4 * before)
    }
}

@Suite struct SimulatedRadioTests {
    @Test("Frames reach the sink in order, stamped with the clock, until it stops")
    @Reactor func plays() async throws {
        let begin = Int64(EventSource.now()) * 1_000
        var frames: [Frame] = []
        var ages: [Nanoseconds] = []
        let radio = SimulatedRadio(speed: 5, { Squad(athletes: 12, seed: 1, start: $0, weather: .none) }) {
            frames.append($0)
            ages.append(Int64(EventSource.now()) * 1_000 - $0.time.nanoseconds)
        }
        radio.start()
        await pause(milliseconds: 400)
        radio.stop()
        let count = frames.count
        await pause(milliseconds: 120)

        #expect(count > 50)
        #expect(frames.count == count)
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(frames.allSatisfy { $0.time.nanoseconds >= begin })
        #expect(ages.allSatisfy { $0 >= 0 })
        // Half of them wait less than a wake-up interval; a busy machine may delay some.
        #expect(ages.sorted()[ages.count / 2] < 100 * .millisecond)
    }

    @Test("A radio that was stopped goes on where it was")
    @Reactor func resumes() async {
        var frames: [Frame] = []
        let radio = SimulatedRadio(speed: 5, { Squad(athletes: 6, seed: 2, start: $0, weather: .none) }) {
            frames.append($0)
        }
        radio.start()
        radio.start()
        await pause(milliseconds: 200)
        radio.stop()
        radio.stop()
        let first = frames.count
        radio.start()
        await pause(milliseconds: 200)
        radio.stop()
        #expect(first > 0)
        #expect(frames.count > first)

        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time <= $1.time })
        // One message may still be in the air.
        #expect((0...1).contains(radio.squad.tally.sent - frames.count))
    }

    @Reactor private func pause(milliseconds: UInt64) async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            Reactor.schedule(afterMicroseconds: milliseconds * 1_000) { done.resume() }
        }
    }
}
