import Bus
import Reactor

/// Connects, and lets a test wait for what happens.
@Reactor
final class Peer {
    private(set) var connection: BusConnection!
    private(set) var name = ""
    private(set) var events: [BusConnection.Event] = []
    private var waiting: [CheckedContinuation<BusConnection.Event, Never>] = []
    private var served: ServedObject?

    init(_ address: String, within microseconds: UInt64 = 10_000_000) {
        connection = BusConnection(.address(address)) { [weak self] event in self?.take(event) }
        connection.open(within: microseconds)
    }

    /// A peer whose connection stands, and which owns a name.
    static func connected(_ address: String, owning name: String? = nil) async throws -> Peer {
        let peer = Peer(address)
        guard case .opened = await peer.next() else { throw BusError.lost("no connection") }
        if let name { try await peer.own(name) }
        return peer
    }

    /// The oldest event that has not been taken yet.
    func next() async -> BusConnection.Event {
        if !events.isEmpty { return events.removeFirst() }
        return await withCheckedContinuation { waiting.append($0) }
    }

    private func take(_ event: BusConnection.Event) {
        if case .opened(let name) = event { self.name = name }
        if waiting.isEmpty { events.append(event) } else { waiting.removeFirst().resume(returning: event) }
    }

    func own(_ name: String) async throws {
        let answer = await ask("RequestName", [.string(name), .uint32(4)])
        guard case .success(let values) = answer, values == [.uint32(1)] else {
            throw BusError.lost("\(name): \(answer)")
        }
    }

    /// Calls the bus itself.
    func ask(_ member: String, _ arguments: [BusValue] = []) async -> Result<[BusValue], BusError> {
        let bus = "org.freedesktop.DBus"
        return await call(
            BusCall(
                service: bus,
                path: "/org/freedesktop/DBus",
                interface: bus,
                member: member,
                arguments: arguments
            )
        )
    }

    func call(
        _ call: BusCall,
        within microseconds: UInt64 = 30_000_000
    ) async -> Result<[BusValue], BusError> {
        await withCheckedContinuation { continuation in
            do throws(BusError) {
                try connection.call(call, within: microseconds) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }

    /// Serves everything below a path.
    func serve(_ path: String = "/", _ handler: @escaping @Reactor (BusRequest) -> Void) throws(BusError) {
        served = try connection.serve(path, subtree: true, handler)
    }

    func emit(_ member: String, _ arguments: [BusValue], path: String = "/a/b") throws(BusError) {
        try connection.emit(path: path, interface: "test.Interface", member: member, arguments: arguments)
    }

    /// Returns when the bus has handled everything that this peer sent before.
    func settle() async { _ = await ask("GetId") }

    func close() { connection.close() }
}

extension BusCall {
    /// A call to the service that a test plays.
    static func test(_ member: String, _ arguments: [BusValue] = [], path: String = "/a") -> BusCall {
        BusCall(
            service: "test.service",
            path: path,
            interface: "test.Interface",
            member: member,
            arguments: arguments
        )
    }
}

/// What a test hears on the reactor.
@Reactor
final class Heard<Thing: Sendable> {
    private(set) var things: [Thing] = []
    nonisolated init() {}
    func add(_ thing: Thing) { things.append(thing) }
    var count: Int { things.count }
}
