import Engine
import Messages
import Testing
import Twin
import Wire

/// From closed seconds to sealed messages.
@Suite struct RowTests {
    @Test("A message holds every athlete's rows of a commit interval, in order, each athlete in one block")
    func interval() {
        var bench = Bench { $0.commitInterval = 5 * .second }
        bench.adopt(3)
        bench.sampleClock()
        for second in 0..<10 {
            bench.go(to: Double(second) + 0.5)
            for number: UInt32 in 1...3 { bench.hear(number, rate: 140 + UInt8(number)) }
            bench.succeed()
        }
        bench.go(to: 10)
        bench.succeed()
        #expect(
            bench.records.map { $0.map(\.athlete) } == [[1, 2, 3], [1, 2, 3]].map { $0.map(Bench.athlete) }
        )
        let times = bench.records.flatMap { $0[0].rows.map { ($0.time - Bench.start) / .second } }
        #expect(times == Array(2...10))  // The first page of a strap only marks where counting starts.
        #expect(bench.records[1][2].rows.allSatisfy { $0[.heartRate] == 143 })
    }

    @Test("A message never grows over the payload maximum, and cutting it loses and doubles no row")
    func cutting() throws {
        var bench = Bench {
            $0.commitInterval = 10 * .second
            $0.payloadMaximum = 1_000
        }
        bench.adopt(5)
        bench.sampleClock()
        for second in 0..<30 {
            bench.go(to: Double(second) + 0.5)
            for number: UInt32 in 1...5 {
                bench.hear(number, rate: 150)
                bench.hear(number, metres: UInt8(3 * second), strides: UInt8(second))
            }
            bench.succeed()
        }
        bench.go(to: 30)
        bench.drain()
        var writer = MessageWriter()
        let anchor = try #require(bench.engine.clock.anchor)
        for (index, draft) in bench.committed.enumerated() {
            let message = StoredMessage(
                position: .max / 2,
                lastPosition: .max / 2,
                identity: StreamIdentity(stream: UUID(high: 1, low: 1), gateway: "bench"),
                seq: .max / 2,
                kind: draft.kind,
                boot: Bench.boot,
                time: draft.time,
                body: draft.body,
                anchor: anchor
            )
            #expect(try writer.write(message).count <= 1_000, "message \(index)")
        }
        for number: UInt32 in 1...5 {
            let rows = bench.records.joined().filter { $0.athlete == Bench.athlete(number) }.flatMap(\.rows)
            #expect(rows.map { ($0.time - Bench.start) / .second } == Array(1...30), "athlete \(number)")
        }
    }

    @Test("A change of sensors inside a message begins another block of the same athlete")
    func sourceChange() {
        var bench = Bench { $0.commitInterval = 10 * .second }
        bench.adopt(1)
        let spare = Bench.strap(9)
        bench.engine.adopt([Wearer(athlete: Bench.athlete(1), sensors: [spare])], at: bench.now)
        for second in 0..<10 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(second < 5 ? 1 : 9, rate: 120)
        }
        bench.go(to: 10)
        bench.succeed()
        let blocks = bench.records.joined().map { $0 }
        #expect(blocks.map(\.athlete) == [Bench.athlete(1), Bench.athlete(1)])
        #expect(blocks.map { $0.rows[0].sensor(of: .heartRate) } == [Bench.strap(1), spare])
        #expect(blocks.flatMap(\.rows).map { ($0.time - Bench.start) / .second } == Array(2...10))
    }

    @Test(
        "A frame at T counts in the second that T ends, one just behind it in the next, a late one on arrival"
    )
    func seconds() {
        var bench = Bench()
        bench.adopt(1)
        bench.hear(1, rate: 100, at: Bench.start + .millisecond)
        bench.hear(1, rate: 101, at: Bench.start + .second)
        bench.go(to: 1)
        #expect(bench.live(1)?[.heartRate] == 101)
        #expect(bench.live(1)?.beats.count == 1)
        bench.hear(1, rate: 102, at: Bench.start + .second + 1)
        #expect(bench.live(1)?.time == Bench.start + .second)
        bench.hear(1, rate: 103, at: Bench.start - 5 * .second)
        bench.go(to: 2)
        #expect(bench.live(1)?[.heartRate] == 103)
        #expect(bench.live(1)?.beats.count == 2)
        #expect(bench.live(1)?.age(of: .heartRate) == 0)
    }

    @Test("A late frame never makes time run backwards for what comes behind it")
    func late() {
        var bench = Bench()
        bench.adopt(1)
        bench.hear(1, rate: 100, at: Bench.start + 900 * .millisecond)
        bench.hear(1, rate: 100, at: Bench.start + 100 * .millisecond)
        #expect(bench.engine.sensors[0].lastHeard == Bench.start + 900 * .millisecond)
    }

    @Test("A long silence is stepped over at once, and the grid stays where it was")
    func silence() {
        var bench = Bench()
        bench.adopt(1)
        for second in 0..<3 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(1, rate: 100)
            bench.succeed()
        }
        bench.go(to: 30 * 24 * 3600.25)
        bench.hear(1, rate: 100)
        bench.hear(1, rate: 100)
        bench.go(to: 30 * 24 * 3600.25 + 2)
        let row = bench.live(1)
        #expect(row.map { ($0.time - Bench.start) % .second } == 0)
        #expect(bench.engine.nextSecond - bench.now <= .second)
        #expect(bench.engine.counters.rows < 20)
    }

    @Test("Outside a session no row is made where the configuration says so")
    func outsideSession() {
        var bench = Bench { $0.recordsOutsideSession = false }
        bench.adopt(1)
        for second in 0..<4 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(1, rate: 100)
        }
        #expect(bench.engine.counters.rows == 0)
        bench.engine.startSession(id: nil, type: "run", name: "", at: bench.now)
        bench.go(to: 4)
        bench.drain()
        #expect(bench.engine.counters.rows == 1)
        #expect(bench.records.joined().allSatisfy { $0.session != nil })
    }

    @Test("The engine wants its time at the end of each second, and earlier where an uplink does")
    func wake() {
        var bench = Bench()
        #expect(bench.engine.nextWake == Bench.start + .second)
        bench.go(to: 7.25)
        #expect(bench.engine.nextWake == Bench.start + 8 * .second)
        bench.engine.advance(to: Bench.start + 3 * .second)
        #expect(bench.engine.nextWake == Bench.start + 8 * .second)
    }
}
