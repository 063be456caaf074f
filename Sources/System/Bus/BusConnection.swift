internal import CSystemd
internal import Glibc
public import Reactor

/// One connection to a D-Bus message bus, on the reactor.
///
/// It lives until ``close()`` or ``Event/closed(_:)``; dropping the last reference ends nothing. A broken
/// connection is not mended: make a new one. Nothing here blocks.
///
/// - Source: sd-bus(3), sd_bus_start(3), sd_bus_attach_event(3) of systemd 252 to 257.
@Reactor
public final class BusConnection {
    public enum Address: Hashable, Sendable {
        /// `$DBUS_SYSTEM_BUS_ADDRESS`, or where every system has it.
        case system
        /// Such as `unix:path=/run/dbus/system_bus_socket`.
        case address(String)
    }

    public enum Event: Hashable, Sendable {
        /// The bus gave this connection its unique name, such as `:1.42`.
        case opened(name: String)
        /// The end. Nothing comes after it; each call that was under way has been answered before.
        case closed(BusError)
    }

    private enum Phase { case new, opening, open, closed }

    private let address: Address
    private let listener: @Reactor (Event) -> Void
    private var phase = Phase.new
    private var deadline: EventSource?
    /// sd-bus's handle, from ``open(within:)`` to the end.
    private(set) var bus: OpaquePointer?
    private var slots: [OpaquePointer] = []
    private var lastNumber: UInt64 = 0

    /// Calls that wait for an answer, by their number.
    var calls: [UInt64: PendingCall] = [:]
    /// Signals that were wanted and could not be read.
    public internal(set) var unreadableCount = 0
    var rules: [BusMatch: MatchRule] = [:]
    var objects: [UInt64: ServedObject] = [:]
    /// Calls of others that wait for an answer of ours.
    var requests: [UInt64: OpaquePointer] = [:]

    public init(_ address: Address, _ listener: @escaping @Reactor (Event) -> Void) {
        (self.address, self.listener) = (address, listener)
    }

    public var isOpen: Bool { phase == .open }

    /// Starts to connect. Everything that follows is told to the listener, never from inside this call.
    ///
    /// - Parameter microseconds: How long the bus may take until ``Event/opened(name:)``.
    public func open(within microseconds: UInt64 = 5_000_000) {
        guard phase == .new else { return }
        phase = .opening
        // Until `release`.
        _ = Unmanaged.passRetained(self)
        let code = start()
        guard code >= 0 else {
            let error = BusError.unreachable(errorText(-code))
            return Reactor.schedule(afterMicroseconds: 0) { self.finish(error) }
        }
        deadline = .timer { self.finish(.unreachable("no answer in time")) }
        deadline?.set(atMicroseconds: EventSource.now() + microseconds)
    }

    /// Ends the connection without an event. Calls under way are not answered; what is unsent is lost.
    public func close() {
        guard phase != .new, phase != .closed else { return phase = .closed }
        release()
    }

    /// Returns a negative errno value on failure.
    private func start() -> Int32 {
        let code = sd_bus_new(&bus)
        guard code >= 0, let bus else { return code }
        let steps: [() -> Int32] = [
            { sd_bus_set_address(bus, self.address.text) },
            { sd_bus_set_bus_client(bus, 1) },
            { sd_bus_negotiate_fds(bus, 1) },
            { sd_bus_set_connected_signal(bus, 1) },
            { self.listen("Connected") { _, this, _ in BusConnection.enter(this) { $0.connected() } } },
            { self.listen("Disconnected") { _, this, _ in BusConnection.enter(this) { $0.disconnected() } } },
            { sd_bus_start(bus) },
            { sd_bus_attach_event(bus, Reactor.event, Int32(SD_EVENT_PRIORITY_NORMAL)) },
        ]
        for step in steps {
            let code = step()
            if code < 0 { return code }
        }
        return 0
    }

    /// Hears of the connection itself, by signals that sd-bus makes up and that cross no wire.
    private func listen(_ member: String, _ onSignal: sd_bus_message_handler_t) -> Int32 {
        let (name, path) = ("org.freedesktop.DBus.Local", "/org/freedesktop/DBus/Local")
        var slot: OpaquePointer?
        let this = Unmanaged.passUnretained(self).toOpaque()
        let code = sd_bus_match_signal_async(bus, &slot, name, path, name, member, onSignal, nil, this)
        if let slot { slots.append(slot) }
        return code
    }

    nonisolated private static func enter(
        _ this: UnsafeMutableRawPointer?,
        _ body: @Reactor (BusConnection) -> Void
    ) -> Int32 {
        let this = Unmanaged<BusConnection>.fromOpaque(this!).takeUnretainedValue()
        Reactor.assumeIsolated { body(this) }
        return 0
    }

    private func connected() {
        guard phase == .opening else { return }
        var name: UnsafePointer<CChar>?
        guard sd_bus_get_unique_name(bus, &name) >= 0, let name else {
            return finish(.unreachable("the bus gives no name"))
        }
        deadline?.cancel()
        (phase, deadline) = (.open, nil)
        listener(.opened(name: String(cString: name)))
    }

    private func disconnected() {
        finish(phase == .open ? .lost("closed by the bus") : .unreachable("refused by the bus"))
    }

    /// Ends the connection: answers each call, in the order of the calling, then tells the listener.
    func finish(_ error: BusError) {
        guard phase == .opening || phase == .open else { return }
        let waiting = calls.sorted { $0.key < $1.key }.map(\.value)
        let answers = waiting.compactMap { $0.takeAnswer() }
        release()
        for answer in answers { answer(.failure(.lost("closed before the answer"))) }
        listener(.closed(error))
    }

    private func release() {
        phase = .closed
        deadline?.cancel()
        deadline = nil
        for call in calls.values { call.release() }
        for rule in rules.values { rule.release() }
        for object in objects.values { object.release() }
        for request in requests.values { sd_bus_message_unref(request) }
        for slot in slots { sd_bus_slot_unref(slot) }
        (calls, rules, objects, requests, slots) = ([:], [:], [:], [:], [])
        if let bus { sd_bus_close_unref(bus) }
        bus = nil
        Unmanaged.passUnretained(self).release()
    }

    /// A number that no other call, subscription or object of this connection has.
    func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }
}

extension BusConnection.Address {
    /// - Source: D-Bus specification 0.41, "System message bus".
    fileprivate var text: String {
        switch self {
        case .address(let text): text
        case .system:
            getenv("DBUS_SYSTEM_BUS_ADDRESS").map { String(cString: $0) }
                ?? "unix:path=/run/dbus/system_bus_socket"
        }
    }
}
