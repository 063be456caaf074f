import Bus
import Reactor
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: PrivateBus.isInstalled, "dbus-daemon is not installed"))
struct BusSignalTests {
    @Test("Only what matches is told, once for each subscription")
    func matches() async throws {
        let bus = try PrivateBus()
        let service = try await Peer.connected(bus.address, owning: "test.service")
        let client = try await Peer.connected(bus.address)
        let matches = [
            BusMatch(sender: await service.name, path: .namespace("/a"), interface: "test.Interface"),
            BusMatch(path: .exactly("/a/b"), member: "One"),
            BusMatch(member: "One", argument: "x"),
            BusMatch(sender: ":1.99"),
            BusMatch(sender: "org.freedesktop.DBus"),
        ]
        let heard = Heard<String>()
        var subscriptions: [BusSubscription] = []
        for (index, match) in (matches + matches[...0]).enumerated() {
            subscriptions.append(
                try await client.connection.subscribe(match) { signal in
                    heard.add("\(index) \(signal.path) \(signal.member)")
                }
            )
        }
        await client.settle()
        try await service.emit("One", [.string("x")])
        try await service.emit("Two", [.byte(1)])
        try await service.emit("One", [.string("y")], path: "/ab")
        await service.settle()
        await client.settle()
        let expected = [
            "0 /a/b One", "0 /a/b Two", "1 /a/b One", "2 /a/b One", "5 /a/b One", "5 /a/b Two",
        ]
        #expect(await heard.things.sorted() == expected)

        // The rule goes with the last of the two who share it, however that one goes.
        await subscriptions[0].cancel()
        subscriptions = [subscriptions[5]]
        await client.settle()
        try await service.emit("Three", [])
        await service.settle()
        await client.settle()
        #expect(await heard.things.last == "5 /a/b Three")
        subscriptions = []
        await client.settle()
        let count = await heard.count
        try await service.emit("Four", [])
        await service.settle()
        await client.settle()
        #expect(await heard.count == count)
        await client.close()
        await service.close()
    }

    @Test("Signals keep their order, ten thousand of them")
    func order() async throws {
        let bus = try PrivateBus()
        let service = try await Peer.connected(bus.address)
        let client = try await Peer.connected(bus.address)
        let heard = Heard<Int>()
        let subscription = try await client.connection.subscribe(BusMatch(member: "Tick")) { signal in
            heard.add(signal.arguments.first?.asInteger ?? -1)
        }
        await client.settle()
        for start in stride(from: 0, to: 10_000, by: 100) {
            try await Task { @Reactor in
                for number in start..<start + 100 { try service.emit("Tick", [.int32(Int32(number))]) }
            }.value
        }
        await service.settle()
        await client.settle()
        #expect(await heard.things == Array(0..<10_000))
        await subscription.cancel()
        await client.close()
        await service.close()
    }

    @Test("The owner of a name is told at once and at each change, and nobody can pretend to be the bus")
    func owner() async throws {
        let bus = try PrivateBus()
        let client = try await Peer.connected(bus.address)
        let heard = Heard<String>()
        let watch = try await client.connection.watchOwner(of: "test.service") { owner in
            heard.add(owner.map { _ in "owned" } ?? "nobody")
        }
        #expect(await eventually { await heard.things == ["nobody"] })
        let service = try await Peer.connected(bus.address, owning: "test.service")
        #expect(await eventually { await heard.count == 2 })
        let arguments: [BusValue] = [.string("test.service"), .string(""), .string("")]
        let name = "org.freedesktop.DBus"
        try await service.connection.emit(
            path: "/org/freedesktop/DBus",
            interface: name,
            member: "NameOwnerChanged",
            arguments: arguments
        )
        await service.settle()
        await client.settle()
        await service.close()
        #expect(await eventually { await heard.things == ["nobody", "owned", "nobody"] })

        let other = try await Peer.connected(bus.address, owning: "test.service")
        #expect(await eventually { await heard.count == 4 })
        let late = Heard<String?>()
        let second = try await client.connection.watchOwner(of: "test.service") { late.add($0) }
        #expect(await eventually { await late.count == 1 })
        #expect(await late.things.first != .some(nil))
        await watch.cancel()
        await second.cancel()
        await other.close()
        await client.settle()
        #expect(await heard.count == 4)
        await client.close()
    }

    @Test("A malformed match is refused; one that the bus refuses ends the connection and says why")
    func refused() async throws {
        let bus = try PrivateBus(limits: [("max_match_rules_per_connection", 2)])
        let client = try await Peer.connected(bus.address)
        for match in [
            BusMatch(argument: "a',b='"), BusMatch(path: .exactly("no path")), BusMatch(member: "no member"),
            BusMatch(sender: "test.service"), BusMatch(interface: "none"),
        ] {
            await #expect(throws: BusError.self) {
                try await client.connection.subscribe(match) { _ in }
            }
        }
        var subscriptions: [BusSubscription] = []
        for number in 0..<3 {
            subscriptions.append(
                try await client.connection.subscribe(BusMatch(member: "M\(number)")) { _ in }
            )
        }
        guard case .closed(.busy) = await client.next() else { return #expect(Bool(false)) }
        #expect(subscriptions.count == 3)
    }
}
