import Engine
import Outbox
import Testing
import Wire

/// Between the engine and a store that fails.
@Suite struct CommitTests {
    @Test("A commit that fails keeps its messages, and the next one has them first and in order")
    func failure() {
        var bench = Bench()
        bench.adopt(1)
        for second in 0..<20 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(1, rate: 100)
            bench.go(to: Double(second) + 1)
            if second % 3 == 2 { bench.succeed() } else { bench.fail() }
        }
        bench.drain()
        let times = bench.records.joined().flatMap(\.rows).map { ($0.time - Bench.start) / .second }
        #expect(times == Array(2...20))
        #expect(bench.engine.counters.failedCommits > 10)
        #expect(bench.engine.counters.messages == UInt64(bench.committed.count))
        #expect(bench.engine.isFlushed)
    }

    @Test("While a commit is under way no other begins, and what was sealed meanwhile goes with the next")
    func oneAtATime() {
        var bench = Bench()
        bench.adopt(1)
        for second in 0..<6 {
            bench.go(to: Double(second) + 0.5)
            bench.hear(1, rate: 100)
        }
        bench.go(to: 6)
        #expect(bench.request?.drafts.count == 1)
        bench.succeed()
        #expect(bench.request?.drafts.count == 4)
        bench.succeed()
        #expect(bench.request == nil)
    }

    @Test("A store that takes nothing for hours costs the oldest messages, counted, and memory stays bounded")
    func bound() {
        var bench = Bench()
        for number in 0..<40_000 {
            bench.engine.addEvent("test", at: bench.now) {
                $0.member("number", number)
                $0.member("text", String(repeating: "x", count: 1_000))
            }
        }
        let dropped = bench.engine.counters.droppedDrafts
        #expect(dropped > 20_000)
        #expect(bench.engine.waitingMessages + Int(dropped) == 40_000)
        bench.go(to: 1)
        bench.succeed()
        #expect(bench.committed.count == 40_000 - Int(dropped))
        let last = String(decoding: bench.committed.last!.body, as: UTF8.self)
        #expect(last.contains(#""number":39999,"#))
    }

    @Test("What is being committed is never dropped")
    func boundUnderWay() {
        var bench = Bench()
        func add(_ count: Int, _ letter: String) {
            for _ in 0..<count {
                bench.engine.addEvent(letter, at: bench.now) {
                    $0.member("text", String(repeating: letter, count: 1_000_000))
                }
            }
        }
        add(10, "a")
        bench.go(to: 1)
        add(20, "b")
        bench.succeed()
        bench.drain()
        #expect(bench.events.prefix(10) == Array(repeating: "a", count: 10)[...])
        #expect(bench.events.count == 30 - Int(bench.engine.counters.droppedDrafts))
    }

    @Test("The store's cursor counts when the store opens after the uplink began, and never backwards")
    func lateStore() {
        var bench = Bench()
        let outbox = Outbox(
            cursor: 1,
            deliverableBelow: 1,
            settings: .init(),
            seed: 1,
            now: bench.now
        )
        bench.engine.addUplink("mqtt", outbox: outbox, cursor: 1, at: bench.now)
        bench.engine.opened(deliverableBelow: 900, cursors: ["mqtt": 800, "other": 5], at: bench.now)
        #expect(bench.engine.uplinks[0].cursor == 800)
        bench.engine.handle(.connected(receiveMaximum: 20), uplink: 0, at: bench.now)
        var commands: [Engine.Command] = []
        bench.engine.takeCommands(into: &commands)
        let loads = commands.compactMap { command in
            if case .uplink(_, .load(let from, _)) = command { from } else { nil }
        }
        #expect(loads == [800])
        bench.engine.opened(deliverableBelow: 900, cursors: ["mqtt": 700], at: bench.now)
        #expect(bench.engine.uplinks[0].cursor == 800)
    }
}
