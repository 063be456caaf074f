import Bus
import Foundation
import Reactor
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: PrivateBus.isInstalled, "dbus-daemon is not installed"))
struct BusConnectionTests {
    @Test("A connection opens with a name of its own, and closing it says nothing more")
    func opens() async throws {
        let bus = try PrivateBus()
        let peer = await Peer(bus.address)
        guard case .opened(let name) = await peer.next() else { return #expect(Bool(false)) }
        #expect(name.hasPrefix(":"))
        await peer.close()
        await #expect(peer.connection.isOpen == false)
        try await Task.sleep(nanoseconds: 20_000_000)
        #expect(await peer.events.isEmpty)
    }

    @Test("Where no bus is, or none answers, the attempt ends and says so")
    func unreachable() async throws {
        let nowhere = await Peer("unix:path=/nowhere/bus")
        guard case .closed(.unreachable) = await nowhere.next() else { return #expect(Bool(false)) }
        let malformed = await Peer("nonsense")
        guard case .closed(.unreachable) = await malformed.next() else { return #expect(Bool(false)) }

        let bus = try PrivateBus()
        bus.pause()
        let silent = await Peer(bus.address, within: 50_000)
        #expect(await silent.next() == .closed(.unreachable("no answer in time")))
        bus.resume()
    }

    @Test("When the bus goes, every call under way is answered in order, then the end is told once")
    func loss() async throws {
        let bus = try PrivateBus()
        let service = try await Peer.connected(bus.address, owning: "test.service")
        try await service.serve { _ in }
        let client = try await Peer.connected(bus.address)
        let answers = Heard<Int>()
        try await Task { @Reactor in
            for number in 0..<5 {
                try client.connection.call(.test("Never"), within: 60_000_000) { answer in
                    #expect(answer == .failure(.lost("closed before the answer")))
                    answers.add(number)
                }
            }
        }.value
        await client.settle()
        bus.stop()
        #expect(await client.next() == .closed(.lost("closed by the bus")))
        #expect(await answers.things == [0, 1, 2, 3, 4])
        #expect(await client.call(.test("Late")) == .failure(.lost("not connected")))

        try bus.start()
        let again = try await Peer.connected(bus.address)
        #expect(try await again.ask("GetId").get().count == 1)
        await again.close()
    }

    @Test("A connection may be closed from inside each of its callbacks")
    func closesInside() async throws {
        let bus = try PrivateBus()
        let service = try await Peer.connected(bus.address, owning: "test.service")
        try await service.serve { request in try? request.answer() }
        for step in ["opened", "answer", "signal"] {
            let closed = await withCheckedContinuation { continuation in
                Task { @Reactor in closeInside(step, bus.address) { continuation.resume(returning: step) } }
            }
            #expect(closed == step)
        }
        await service.close()
    }

    @Test("Ten thousand calls, rules and descriptors leave nothing behind")
    func leavesNothing() async throws {
        // As few rules as the bus allows show one that stays.
        let bus = try PrivateBus(limits: [("max_match_rules_per_connection", 8)])
        let service = try await Peer.connected(bus.address, owning: "test.service")
        let writers = Heard<Int32>()
        try await service.serve { request in
            var ends: [Int32] = [0, 0]
            guard request.member == "Pipe", pipe(&ends) == 0 else {
                return try! request.answer(request.arguments)
            }
            writers.add(ends[1])
            try! request.answer([.descriptor(BusDescriptor(owning: ends[0]))])
        }
        let client = try await Peer.connected(bus.address)
        for number in 0..<10_000 {
            let subscription = try await client.connection.subscribe(
                BusMatch(sender: service.name, member: "M\(number)")
            ) { _ in }
            let value = BusValue.uint32(UInt32(number))
            if number % 10 > 0 {
                #expect(await client.call(.test("Echo", [value])) == .success([value]))
            } else {
                #expect(try await client.call(.test("Pipe")).get().first?.asDescriptor != nil)
                let writer = try #require(await writers.things.last)
                #expect(await eventually { hasNoReader(writer) })
                close(writer)
            }
            await subscription.cancel()
        }
        await client.settle()
        #expect(await client.events.isEmpty)
        await client.close()
        await service.close()
    }
}

@Reactor
private func closeInside(_ step: String, _ address: String, _ done: @escaping @Sendable () -> Void) {
    var connection: BusConnection?
    var subscription: BusSubscription?
    func end() {
        connection?.close()
        subscription?.cancel()
        subscription = nil
        connection = nil
        done()
    }
    connection = BusConnection(.address(address)) { event in
        guard case .opened = event, let opened = connection else { return }
        if step == "opened" { return end() }
        subscription = try? opened.subscribe(BusMatch(member: "NameAcquired")) { _ in
            if step == "signal" { end() }
        }
        if step == "answer" {
            _ = try? opened.call(.test("Echo"), within: 30_000_000) { _ in end() }
        } else {
            let name = BusValue.string("test.other")
            let call = BusCall(
                service: "org.freedesktop.DBus",
                path: "/",
                interface: "org.freedesktop.DBus",
                member: "RequestName",
                arguments: [name, .uint32(0)]
            )
            _ = try? opened.call(call, within: 30_000_000) { _ in }
        }
    }
    connection?.open()
}

/// Whether every descriptor of a pipe's other end is closed.
private func hasNoReader(_ writer: Int32) -> Bool {
    var waiting = pollfd(fd: writer, events: 0, revents: 0)
    return poll(&waiting, 1, 0) == 1 && waiting.revents & Int16(POLLERR) != 0
}
