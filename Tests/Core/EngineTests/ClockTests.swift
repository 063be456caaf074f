import Engine
import Messages
import Testing
import Wire

/// What the engine believes of the system clock.
@Suite struct ClockTests {
    @Test("A kernel that knows the time replaces an assumed one, and is not replaced by it")
    func kernel() {
        var bench = Bench { $0.trust = [.kernel, .assume] }
        bench.sampleClock()
        #expect(bench.anchors.map(\.source) == [.assumed])
        bench.sampleClock(isSynchronised: true)
        bench.sampleClock()
        #expect(bench.anchors.map(\.source) == [.assumed, .kernel])
        #expect(bench.engine.clock.anchor?.clock == .synced)
    }

    @Test("A step of a trusted clock moves the anchor and not the grid; less is slew")
    func step() {
        var bench = Bench()
        bench.sampleClock()
        let grid = bench.engine.nextSecond
        bench.sampleClock(ahead: 40 * .millisecond)
        #expect(bench.engine.clock.anchor?.utc == Bench.utc)
        bench.sampleClock(ahead: 1_250 * .millisecond)
        #expect(bench.engine.clock.anchor?.utc == Bench.utc + 1_250 * .millisecond)
        #expect(bench.engine.nextSecond == grid)
        bench.drain()
        #expect(bench.events == ["clock.anchored", "clock.stepped"])
        #expect(bench.anchors.count == 1)
    }

    @Test("Without a trusted clock messages are committed without an anchor, and wait")
    func untrusted() {
        var bench = Bench { $0.trust = [.kernel] }
        bench.adopt(1)
        bench.sampleClock()
        bench.hear(1, rate: 100)
        bench.hear(1, rate: 100)
        bench.go(to: 1)
        #expect(bench.request != nil)
        #expect(bench.request?.anchor == nil)
        #expect(bench.anchors == [])
        #expect(bench.engine.clock.bestAnchor(boot: Bench.boot, at: bench.now).clock == .unverified)
    }

    @Test("A boot that has waited long enough takes the system clock as it is, until a better one speaks")
    func patience() {
        var bench = Bench {
            $0.trust = [.kernel]
            $0.clockMaxWait = 2_000 * .second
        }
        bench.sampleClock()
        bench.go(to: 999)
        bench.sampleClock()
        #expect(bench.anchors == [])
        bench.go(to: 1_000)
        bench.sampleClock()
        #expect(bench.anchors.map(\.clock) == [.unverified])
        bench.sampleClock(isSynchronised: true)
        #expect(bench.anchors.map(\.clock) == [.unverified, .synced])
    }
}
