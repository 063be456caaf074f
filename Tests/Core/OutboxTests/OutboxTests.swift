import Outbox
import Testing
import Wire

@Suite struct OutboxTests {
    private static func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: Int64(seconds * Double(Nanoseconds.second)))
    }

    /// An outbox with `count` messages from position 1 on, connected at 0 s.
    private static func connected(
        count: UInt64,
        receiveMaximum: Int = 20,
        settings: Outbox.Settings = .init()
    ) -> (Outbox, [Outbox.Command]) {
        var outbox = Outbox(cursor: 1, deliverableBelow: 1, settings: settings, seed: 1, now: at(0))
        _ = outbox.handle(.tick, now: at(0))
        _ = outbox.handle(.connected(receiveMaximum: receiveMaximum), now: at(0))
        var commands = outbox.handle(.stored(deliverableBelow: count + 1), now: at(0))
        if case .load(let from, let wanted)? = commands.first {
            commands += outbox.handle(
                .loaded(items(from..<min(count + 1, from + UInt64(wanted)))),
                now: at(0)
            )
        }
        return (outbox, commands)
    }

    private static func items(_ positions: Range<Outbox.Position>) -> [Outbox.Item] {
        positions.map { Outbox.Item(position: $0, lastPosition: $0, bytes: 100) }
    }

    private static func published(_ commands: [Outbox.Command]) -> [Outbox.Position] {
        commands.compactMap { if case .publish(let position) = $0 { position } else { nil } }
    }

    @Test("The window is the smaller of the setting and the peer's Receive Maximum, and never 0")
    func boundsWindow() {
        #expect(Self.published(Self.connected(count: 30).1) == Array(1...20))
        #expect(Self.published(Self.connected(count: 30, receiveMaximum: 5).1) == Array(1...5))
        #expect(Self.published(Self.connected(count: 30, receiveMaximum: 0).1) == [1])
        #expect(Self.published(Self.connected(count: 30, receiveMaximum: 65_535).1) == Array(1...20))
    }

    @Test("Another window and another rate hold from the next message on, without a new connection")
    func appliesSettings() {
        var (outbox, _) = Self.connected(count: 30)
        outbox.apply(Outbox.Settings(window: 2, rate: 1), now: Self.at(1))
        for position in UInt64(1)...18 {
            #expect(Self.published(outbox.handle(.acknowledged(position), now: Self.at(1))) == [])
        }
        #expect(Self.published(outbox.handle(.acknowledged(19), now: Self.at(1))) == [21])
        #expect(Self.published(outbox.handle(.acknowledged(20), now: Self.at(1))) == [22])
        #expect(Self.published(outbox.handle(.acknowledged(21), now: Self.at(1))) == [])
        #expect(Self.published(outbox.handle(.tick, now: Self.at(2.1))) == [23])
    }

    @Test("Acknowledgements in any order move the cursor without a gap")
    func movesCursor() {
        var (outbox, _) = Self.connected(count: 3)
        #expect(!outbox.handle(.acknowledged(3), now: Self.at(1)).contains(.cursor(4)))
        #expect(outbox.handle(.acknowledged(1), now: Self.at(1)).contains(.cursor(2)))
        #expect(outbox.handle(.acknowledged(2), now: Self.at(1)).contains(.cursor(4)))
        #expect(outbox.handle(.acknowledged(2), now: Self.at(1)) == [])
        #expect(outbox.cursor == 4)
    }

    @Test("A message for a withdrawn range moves the cursor over the whole range")
    func passesRanges() {
        var (outbox, _) = Self.connected(count: 0)
        _ = outbox.handle(.stored(deliverableBelow: 100), now: Self.at(0))
        let range = Outbox.Item(position: 1, lastPosition: 99, bytes: 100)
        #expect(outbox.handle(.loaded([range]), now: Self.at(0)).contains(.publish(1)))
        #expect(outbox.handle(.acknowledged(1), now: Self.at(0)).contains(.cursor(100)))
    }

    @Test("A store that answers nonsense is asked again after a pause, and nothing of it is published")
    func refusesNonsense() {
        let nonsense: [[Outbox.Item]] = [
            [], Self.items(1..<12), Self.items(5..<6) + Self.items(4..<5),
            Self.items(1..<2) + Self.items(1..<2),
            [Outbox.Item(position: 3, lastPosition: 2, bytes: 1)],
            [Outbox.Item(position: 1, lastPosition: .max, bytes: 1)],
        ]
        for items in nonsense {
            var (outbox, _) = Self.connected(count: 0)
            _ = outbox.handle(.stored(deliverableBelow: 11), now: Self.at(0))
            #expect(outbox.handle(.loaded(items), now: Self.at(0)) == [.wake(at: Self.at(1))])
            #expect(outbox.handle(.tick, now: Self.at(1)).contains(.load(from: 1, count: 40)))
        }
    }

    @Test("An answer that never comes ends the connection after 30 s, and all goes out again in order")
    func givesUp() {
        var (outbox, _) = Self.connected(count: 3)
        _ = outbox.handle(.acknowledged(2), now: Self.at(1))
        #expect(!outbox.handle(.tick, now: Self.at(29)).contains(.disconnect))
        #expect(outbox.handle(.tick, now: Self.at(30)).first == .disconnect)
        _ = outbox.handle(.tick, now: Self.at(40))
        let again = outbox.handle(.connected(receiveMaximum: 20), now: Self.at(40))
        #expect(Self.published(again) == [1, 3])
    }

    @Test("A slow receiver that answers in order is not taken for a silent one")
    func bearsSlowness() {
        var (outbox, _) = Self.connected(count: 20)
        for position in 1...20 as ClosedRange<UInt64> {
            let commands = outbox.handle(.acknowledged(position), now: Self.at(Double(position) * 20))
            #expect(!commands.contains(.disconnect))
        }
        #expect(outbox.cursor == 21)
    }

    @Test("A refusal that may pass is tried again after a back-off, without a new connection")
    func retries() {
        var (outbox, _) = Self.connected(count: 2)
        let refused = outbox.handle(.refused(1, .retry), now: Self.at(0))
        #expect(Self.published(refused) == [] && !refused.contains(.disconnect) && !refused.contains(.hold))
        _ = outbox.handle(.acknowledged(2), now: Self.at(0))
        #expect(Self.published(outbox.handle(.tick, now: Self.at(1))) == [1])
    }

    @Test("A held uplink tries one message every 5 min and on reload, and tells each change once")
    func holds() {
        var (outbox, _) = Self.connected(count: 3)
        #expect(outbox.handle(.refused(1, .hold), now: Self.at(0)).contains(.hold))
        #expect(!outbox.handle(.refused(2, .hold), now: Self.at(0)).contains(.hold))
        _ = outbox.handle(.acknowledged(3), now: Self.at(0))
        #expect(outbox.isHeld)
        #expect(outbox.handle(.tick, now: Self.at(299)) == [.wake(at: Self.at(300))])
        #expect(Self.published(outbox.handle(.tick, now: Self.at(300))) == [1])
        #expect(!outbox.handle(.refused(1, .hold), now: Self.at(300)).contains(.hold))

        #expect(Self.published(outbox.handle(.reload, now: Self.at(310))) == [1])
        let resumed = outbox.handle(.acknowledged(1), now: Self.at(311))
        #expect(resumed.contains(.resume) && resumed.contains(.publish(2)))
        #expect(!outbox.isHeld)
    }

    @Test("A backlog leaves at the set rate: a window at once, then one message every 5 ms")
    func limitsRate() {
        var (outbox, first) = Self.connected(count: 60)
        #expect(Self.published(first).count == 20)
        var count = 0
        for position in 1...20 as ClosedRange<UInt64> {
            count += Self.published(outbox.handle(.acknowledged(position), now: Self.at(0))).count
        }
        #expect(count == 0)
        #expect(Self.published(outbox.handle(.tick, now: Self.at(0.005))) == [21])
        #expect(Self.published(outbox.handle(.tick, now: Self.at(0.050))).count == 9)
    }

    @Test("A back-off is drawn below a bound that doubles to the maximum and starts again with a delivery")
    func backsOff() {
        var (outbox, _) = Self.connected(count: 2)
        var now = Self.at(0)
        func pause(_ outbox: inout Outbox) -> Nanoseconds {
            guard case .wake(let at)? = outbox.handle(.lost, now: now).last else { return -1 }
            let pause = at - now
            now = at
            #expect(outbox.handle(.tick, now: now).first == .connect)
            return pause
        }
        let pauses = (0..<200).map { _ in pause(&outbox) }
        for (index, pause) in pauses.enumerated() {
            #expect((0...min(.second << Int64(min(index, 10)), .minute)).contains(pause))
        }
        #expect(pauses.suffix(100).max()! > 50 * .second)

        _ = outbox.handle(.connected(receiveMaximum: 20), now: now)
        _ = outbox.handle(.acknowledged(1), now: now)
        #expect(pause(&outbox) <= .second)
    }

    @Test("With nothing to deliver, a connection that held for 10 s starts the back-off anew")
    func forgives() {
        for (held, bound) in [(9.0, 60.0), (10.0, 1.0)] {
            let longest = (0..<40 as Range<UInt64>).map { seed -> Nanoseconds in
                var outbox = Outbox(
                    cursor: 1,
                    deliverableBelow: 1,
                    settings: .init(),
                    seed: seed,
                    now: Self.at(0)
                )
                for _ in 0..<10 {
                    _ = outbox.handle(.tick, now: Self.at(1_000))
                    _ = outbox.handle(.lost, now: Self.at(0))
                }
                _ = outbox.handle(.tick, now: Self.at(1_000))
                _ = outbox.handle(.connected(receiveMaximum: 20), now: Self.at(1_000))
                let commands = outbox.handle(.lost, now: Self.at(1_000 + held))
                guard case .wake(let at)? = commands.last else { return -1 }
                return at - Self.at(1_000 + held)
            }.max()!
            #expect(longest <= Int64(bound * 1e9) && longest > Int64(bound * 0.5e9))
        }
    }

    @Test("Messages in memory are bounded to two windows, and only one load is under way")
    func boundsMemory() {
        var (outbox, commands) = Self.connected(count: 1_000)
        var loaded = 40
        var isLoading = commands.filter { if case .load = $0 { true } else { false } }.count > 1
        #expect(!isLoading)
        for position in 1...500 as ClosedRange<UInt64> {
            commands = outbox.handle(.acknowledged(position), now: Self.at(Double(position)))
            for case .load(let from, let count) in commands {
                #expect(!isLoading)
                isLoading = true
                loaded += count
                #expect(loaded - Int(position) <= 40)
                _ = outbox.handle(
                    .loaded(Self.items(from..<from + UInt64(count))),
                    now: Self.at(Double(position))
                )
                isLoading = false
            }
        }
    }
}
