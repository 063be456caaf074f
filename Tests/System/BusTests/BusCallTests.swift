import Bus
import Foundation
import Reactor
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: PrivateBus.isInstalled, "dbus-daemon is not installed"))
struct BusCallTests {
    @Test("Values of every type arrive as they were sent")
    func values() async throws {
        let values: [BusValue] = [
            .byte(255), .boolean(true), .boolean(false), .int16(-32_768), .uint16(65_535), .int32(.min),
            .uint32(.max), .int64(.min), .uint64(.max), .double(-0.5), .string("Zoë, 100 %"), .string(""),
            .path("/org/bluez/hci0"), .signature("a{sv}"), .bytes([]), .bytes([0, 1, 255]),
            .array([], of: "(ii)"), .array([.uint16(1), .uint16(2)], of: "q"), .strings(["a", "b"]),
            .structure([.byte(1), .string("x"), .bytes([7])]), .variant(.variant(.bytes([6, 72]))),
            .properties([("RSSI", .int16(-60)), ("UUIDs", .strings(["180d"]))]),
            .dictionary([.init(.uint16(0x006B), .variant(.bytes([1])))], of: "qv"), .properties([]),
            .array([.array([.string("deep")], of: "s")], of: "as"),
            .dictionary([.init(.path("/a"), .properties([("x", .boolean(true))]))], of: "oa{sv}"),
        ]
        let (service, client, bus) = try await pair { request in try? request.answer(request.arguments) }
        #expect(await client.call(.test("Echo", values)) == .success(values))
        #expect(await client.call(.test("Echo", [])) == .success([]))
        let large = BusValue.bytes([UInt8](repeating: 7, count: 1_000_000))
        #expect(await client.call(.test("Echo", [large])) == .success([large]))
        await end(service, client, bus)
    }

    @Test("A descriptor arrives as one of our own, and is closed with its value")
    func descriptors() async throws {
        let (service, client, bus) = try await pair { request in
            var ends: [Int32] = [0, 0]
            #expect(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
            #expect(write(ends[0], [6, 72] as [UInt8], 2) == 2)
            close(ends[0])
            try? request.answer([.descriptor(BusDescriptor(owning: ends[1])), .uint16(23)])
        }
        var values = try await client.call(.test("AcquireNotify")).get()
        let number = try #require(values[0].asDescriptor).number
        #expect(values[1] == .uint16(23))
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(number, &bytes, 8) == 2)
        #expect(bytes.prefix(2) == [6, 72])
        #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
        values = []
        #expect(read(number, &bytes, 8) == -1)
        #expect(errno == EBADF)
        await end(service, client, bus)
    }

    @Test("Errors keep name and words, and are told apart by what to do about them")
    func errors() async throws {
        let (service, client, bus) = try await pair { request in
            let name = request.arguments.first?.asText ?? ""
            request.refuse(.init(name: name, message: "words, 100 %s"))
        }
        func error(_ name: String) async -> BusError? {
            guard case .failure(let error) = await client.call(.test("Fail", [.string(name)])) else {
                return nil
            }
            #expect(error.fault == nil || error.fault?.message == "words, 100 %s")
            return error
        }
        let failed = BusError.Fault(name: "org.bluez.Error.InProgress", message: "words, 100 %s")
        #expect(await error("org.bluez.Error.InProgress") == .refused(failed))
        let prefix = "org.freedesktop.DBus.Error."
        #expect(await error(prefix + "UnknownObject") == .missing(fault(prefix + "UnknownObject")))
        #expect(await error(prefix + "AccessDenied") == .denied(fault(prefix + "AccessDenied")))
        #expect(await error(prefix + "NoReply") == .absent(fault(prefix + "NoReply")))
        guard case .busy = await error(prefix + "LimitsExceeded") else { return #expect(Bool(false)) }

        let nobody = BusCall(service: "test.nobody", path: "/", interface: "a.b", member: "C")
        guard case .failure(.absent) = await client.call(nobody) else { return #expect(Bool(false)) }
        await end(service, client, bus)
    }

    @Test("What cannot be sent is refused before it is sent")
    func invalid() async throws {
        let (service, client, bus) = try await pair { request in try? request.answer() }
        let wrong: [BusCall] = [
            .test("Echo", path: "no path"), .test("no member"), .test("Echo", [.path("no path")]),
            .test("Echo", [.string("a\0b")]), .test("Echo", [.structure([])]),
            .test("Echo", [.array([.string("a"), .byte(1)], of: "s")]),
            .test("Echo", [.array([], of: "nonsense")]), .test("Echo", [nested(70)]),
        ]
        for call in wrong {
            guard case .failure(.invalid) = await client.call(call) else {
                Issue.record("\(call)")
                continue
            }
        }
        #expect(await client.call(.test("Echo", [nested(30)])) == .success([]))
        await end(service, client, bus)
    }

    @Test("A call without an answer ends at its deadline, others go on, and a late answer is nothing")
    func deadline() async throws {
        let late = Heard<BusRequest>()
        let (service, client, bus) = try await pair { request in
            if request.member == "Late" { late.add(request) } else { try? request.answer() }
        }
        let start = EventSource.now()
        async let slow = client.call(.test("Late"), within: 100_000)
        #expect(await client.call(.test("Soon")) == .success([]))
        #expect(await slow == .failure(.timedOut))
        #expect(EventSource.now() - start >= 100_000)
        try await late.things.first?.answer()
        #expect(await client.call(.test("Soon")) == .success([]))
        await end(service, client, bus)
    }

    @Test("A service that leaves before it answers is told as absent, at once")
    func leaves() async throws {
        let (service, client, bus) = try await pair { _ in }
        async let answer = client.call(.test("Never"))
        await service.settle()
        await client.settle()
        await service.close()
        guard case .failure(.absent) = await answer else { return #expect(Bool(false)) }
        await end(service, client, bus)
    }

    @Test("A cancelled call is never answered, and frees its place")
    func cancels() async throws {
        let late = Heard<BusRequest>()
        let (service, client, bus) = try await pair { request in late.add(request) }
        let answers = Heard<Int>()
        let isFull = try await Task { @Reactor in
            var pending: [PendingCall] = []
            for number in 0..<BusConnection.callMaximum {
                pending.append(
                    try client.connection.call(.test("Late"), within: 60_000_000) { _ in answers.add(number) }
                )
            }
            do throws(BusError) {
                try client.connection.call(.test("Late"), within: 60_000_000) { _ in }
                return false
            } catch {
                for call in pending { call.cancel() }
                guard case .busy = error else { return false }
                return true
            }
        }.value
        #expect(isFull)
        await client.settle()
        await service.settle()
        for request in await late.things { try await request.answer() }
        await service.settle()
        await client.settle()
        #expect(await answers.things.isEmpty)
        await end(service, client, bus)
    }

    @Test("Calls that a hanging service never answers fill the bus, which is told as such")
    func hangingService() async throws {
        let bus = try PrivateBus(limits: [("max_replies_per_connection", 4)])
        let service = try await Peer.connected(bus.address, owning: "test.service")
        let requests = Heard<BusRequest>()
        try await service.serve { request in requests.add(request) }
        let client = try await Peer.connected(bus.address)
        for _ in 0..<4 {
            #expect(await client.call(.test("Never"), within: 1_000) == .failure(.timedOut))
        }
        guard case .failure(.busy) = await client.call(.test("Never")) else { return #expect(Bool(false)) }
        await service.close()
        await service.settle()
        guard case .failure(.absent) = await client.call(.test("Never")) else { return #expect(Bool(false)) }
        await client.close()
    }

    private func pair(
        _ handler: @escaping @Reactor (BusRequest) -> Void
    ) async throws -> (service: Peer, client: Peer, bus: PrivateBus) {
        let bus = try PrivateBus()
        let service = try await Peer.connected(bus.address, owning: "test.service")
        try await service.serve("/", handler)
        return (service, try await Peer.connected(bus.address), bus)
    }

    private func end(_ service: Peer, _ client: Peer, _ bus: PrivateBus) async {
        await service.close()
        await client.close()
        bus.stop()
    }

    private func fault(_ name: String) -> BusError.Fault { .init(name: name, message: "words, 100 %s") }

    private func nested(_ depth: Int) -> BusValue {
        (0..<depth).reduce(BusValue.byte(1)) { value, _ in .variant(value) }
    }
}
