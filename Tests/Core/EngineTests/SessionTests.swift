import Engine
import Testing
import Twin
import Wire

/// Sessions, and sensors that change hands.
@Suite struct SessionTests {
    static let session = UUID(high: 7, low: 7)

    @Test("Distance and steps count from the session's start, and from the first row again once it ended")
    func totals() {
        var bench = Bench()
        bench.adopt(1)
        func walk(_ seconds: Range<Int>) {
            for second in seconds {
                bench.go(to: Double(second) + 0.5)
                bench.hear(1, metres: UInt8(3 * second), strides: UInt8(second))
                bench.go(to: Double(second) + 1)
            }
        }
        walk(0..<10)
        #expect(bench.live(1)?[.distance] == 27)
        bench.engine.startSession(id: Self.session, type: "run", name: "Monday", at: bench.now)
        walk(10..<20)
        #expect(bench.live(1)?[.distance] == 30)
        #expect(bench.live(1)?[.steps] == 20)
        bench.engine.markSession("half", at: bench.now)
        bench.engine.stopSession(at: bench.now)
        walk(20..<21)
        #expect(bench.live(1)?[.distance] == 60)
        bench.drain()
        #expect(bench.events == ["session.started", "session.marked", "session.ended"])
        let sessions = bench.records.joined().map(\.session)
        #expect(sessions.filter { $0 == Self.session }.count == 10)
        #expect(sessions.first! == nil && sessions.last! == nil)
    }

    @Test("Who appears during a session belongs to it; a second start changes nothing")
    func latecomer() {
        var bench = Bench { $0.autoAthletes = true }
        bench.engine.startSession(id: Self.session, type: "match", name: "", at: bench.now)
        bench.engine.startSession(id: nil, type: "run", name: "", at: bench.now)
        for second in 0..<3 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(5, rate: 90)
        }
        bench.go(to: 3)
        bench.drain()
        #expect(bench.engine.sessions.count == 1)
        #expect(bench.engine.athletes.map(\.id) == ["ant-5"])
        #expect(bench.records.joined().allSatisfy { $0.session == Self.session })
        #expect(bench.events == ["session.started", "athlete.created"])
    }

    @Test("A sensor that changes hands feeds the other athlete from then on, and brings no old ground along")
    func takenOver() {
        var bench = Bench()
        bench.adopt(2)
        for second in 0..<10 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(1, metres: UInt8(3 * second), strides: UInt8(second))
            if second == 4 {
                bench.engine.assign(Bench.pod(1), toAthlete: Bench.athlete(2), at: bench.now)
            }
        }
        bench.go(to: 10)
        #expect(bench.live(2)?[.distance] == 12)
        #expect(bench.live(2)?.sensor(of: .motion) == Bench.pod(1))
        bench.go(to: 11)
        bench.drain()
        let first = bench.records.joined().filter { $0.athlete == Bench.athlete(1) }.flatMap(\.rows)
        #expect(first.allSatisfy { $0.time <= Bench.start + 10 * .second })
        #expect(bench.events == ["assignment.changed"])
        #expect(bench.engine.roster[1].sensors.contains(Bench.pod(1)))
        #expect(!bench.engine.roster[0].sensors.contains(Bench.pod(1)))
    }

    @Test("A sensor that falls silent is told once, and once again when it is back")
    func silence() {
        var bench = Bench()
        bench.adopt(1)
        bench.hear(1, rate: 100)
        #expect(bench.changedSensors == [0])
        bench.go(to: 30)
        #expect(bench.changedSensors == [0])
        bench.go(to: 60)
        #expect(bench.changedSensors == [0, 0])
        #expect(!bench.engine.sensors[0].isHeard)
        bench.hear(1, rate: 100)
        bench.hear(1, rate: 100)
        #expect(bench.changedSensors == [0, 0, 0])
        #expect(bench.engine.sensors[0].isHeard)
    }

    @Test("One sensor cannot open channels without end")
    func channels() {
        var bench = Bench()
        for number in 0..<1_000 as Range<UInt16> {
            bench.engine.take(
                Frame(
                    time: bench.now,
                    source: SourceIndex(0),
                    sensor: .ble(address: 1),
                    channel: .characteristic(AttributeUUID(number)),
                    payload: Payload([1])!
                )
            )
        }
        #expect(bench.engine.counters.refusedFrames == 1_000 - 32)
    }
}
