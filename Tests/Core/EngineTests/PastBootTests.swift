import Engine
import Messages
import Testing
import Wire

@Suite struct PastBootTests {
    static let utc: Nanoseconds = 1_795_345_200 * .second

    @Test("Boots that never knew the time lie in order between the last known time and this boot's start")
    func order() throws {
        var engine = Self.engine()
        let boots = (1...3).map { number in
            PastBoot(
                boot: BootID(high: 0, low: UInt64(number)),
                first: Instant(nanoseconds: 20 * .second),
                last: Instant(nanoseconds: (20 + 600 * Int64(number)) * .second),
                after: Self.utc - 2 * .hour
            )
        }
        engine.take(boots, at: Instant(nanoseconds: 50 * .second))
        #expect(Self.anchors(of: &engine).isEmpty)

        Self.synchronise(&engine)
        let anchors = Self.anchors(of: &engine)
        #expect(anchors.map(\.boot) == boots.map(\.boot) + [BootID(high: 9, low: 9)])
        var known = Self.utc - 2 * .hour
        for (anchor, boot) in zip(anchors, boots) {
            #expect(anchor.clock == .estimated)
            #expect(anchor.utc(at: boot.first) >= known)
            known = anchor.utc(at: boot.last)
            // Two hours less the 100 s of this boot and the hour of the others, half to either side.
            #expect(try #require(anchor.error) >= 1_750 * .second)
        }
        #expect(known <= Self.utc - 100 * .second)
    }

    @Test("A boot that knew the time separates those before it from those after it")
    func between() {
        var engine = Self.engine()
        let known = Self.utc - .hour
        let boots = [(1, Self.utc - 2 * .hour), (2, known)].map { number, after in
            PastBoot(
                boot: BootID(high: 0, low: UInt64(number)),
                first: Instant(nanoseconds: 20 * .second),
                last: Instant(nanoseconds: 80 * .second),
                after: after
            )
        }
        engine.take(boots, at: Instant(nanoseconds: 50 * .second))
        Self.synchronise(&engine)
        let anchors = Self.anchors(of: &engine)
        #expect(anchors[0].utc(at: boots[0].last) <= known)
        #expect(anchors[1].utc(at: boots[1].first) >= known)
        #expect(anchors[1].utc(at: boots[1].last) <= Self.utc - 100 * .second)
    }

    @Test("A boot before anything was known is as old as the program at most")
    func unknownBefore() throws {
        var engine = Self.engine()
        let moment = Instant(nanoseconds: 5 * .second)
        engine.take(
            [PastBoot(boot: BootID(high: 0, low: 1), first: moment, last: moment, after: nil)],
            at: moment
        )
        Self.synchronise(&engine)
        let anchor = try #require(Self.anchors(of: &engine).first)
        let error = try #require(anchor.error)
        #expect(Timestamp.text(anchor.utc - error + .second) >= "2026-01-01")
        #expect(anchor.utc + error >= Self.utc - 100 * .second)
    }

    @Test("An anchor that the store did not take is asked for again")
    func again() throws {
        var engine = Self.engine()
        Self.synchronise(&engine)
        let anchor = try #require(Self.anchors(of: &engine).first)
        engine.anchorFailed(anchor, at: Instant(nanoseconds: 101 * .second))
        engine.advance(to: Instant(nanoseconds: 103 * .second))
        #expect(Self.anchors(of: &engine) == [anchor])
    }

    @Test("Where this boot's own time has no bound, an earlier one's has none either")
    func unbounded() throws {
        var settings = Engine.Settings(gateway: "test", boot: BootID(high: 9, low: 9))
        settings.trust = [.assume]
        var engine = Engine(settings: settings, start: Instant(nanoseconds: 50 * .second))
        let moment = Instant(nanoseconds: 5 * .second)
        engine.take(
            [PastBoot(boot: BootID(high: 0, low: 1), first: moment, last: moment, after: Self.utc - .hour)],
            at: moment
        )
        Self.synchronise(&engine)
        let anchor = try #require(Self.anchors(of: &engine).first)
        #expect(anchor.clock == .unverified)
        #expect(anchor.error == nil)
    }

    private static func engine() -> Engine {
        Engine(
            settings: Engine.Settings(gateway: "test", boot: BootID(high: 9, low: 9)),
            start: Instant(nanoseconds: 50 * .second)
        )
    }

    private static func synchronise(_ engine: inout Engine) {
        let at = Instant(nanoseconds: 100 * .second)
        engine.take(ClockSample(at: at, utc: utc, isSynchronised: true, error: .millisecond))
    }

    private static func anchors(of engine: inout Engine) -> [Anchor] {
        var commands: [Engine.Command] = []
        engine.takeCommands(into: &commands)
        return commands.compactMap { if case .anchor(let anchor) = $0 { anchor } else { nil } }
    }
}
