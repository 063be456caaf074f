internal import CSystemd
public import Reactor

/// A call of another program to an object of ours. It is answered once, now or later.
@Reactor
public final class BusRequest {
    public let sender: String
    public let path: String
    public let interface: String
    public let member: String
    public let arguments: [BusValue]
    private let connection: BusConnection
    private let number: UInt64

    fileprivate init(_ connection: BusConnection, _ header: MessageHeader, _ arguments: [BusValue]) {
        (sender, path) = (header.sender, header.path)
        (interface, member) = (header.interface, header.member)
        (self.arguments, self.connection) = (arguments, connection)
        number = connection.nextNumber()
    }

    deinit {
        // The last reference may go on any thread. Without an answer the caller runs into its deadline.
        let (connection, number) = (connection, number)
        Task { @Reactor in connection.forget(number) }
    }

    /// - Throws: `invalid` for values that cannot be sent. After an earlier answer nothing happens.
    public func answer(_ values: [BusValue] = []) throws(BusError) {
        try connection.answer(number, values)
    }

    public func refuse(_ fault: BusError.Fault) { connection.refuse(number, fault) }

    fileprivate func keep(_ message: OpaquePointer) {
        connection.requests[number] = sd_bus_message_ref(message)
    }
}

/// A path that this connection serves, until ``cancel()`` or the end of the connection.
@Reactor
public final class ServedObject {
    fileprivate unowned let connection: BusConnection
    fileprivate let number: UInt64
    fileprivate let handler: @Reactor (BusRequest) -> Void
    fileprivate var slot: OpaquePointer?

    fileprivate init(_ connection: BusConnection, _ handler: @escaping @Reactor (BusRequest) -> Void) {
        (self.connection, self.handler) = (connection, handler)
        number = connection.nextNumber()
    }

    public func cancel() {
        guard slot != nil else { return }
        release()
        connection.objects[number] = nil
    }

    func release() {
        guard let slot else { return }
        self.slot = nil
        sd_bus_slot_unref(slot)
    }
}

extension BusConnection {
    /// How many calls of others may wait for an answer; more are refused with LimitsExceeded.
    public static let requestMaximum = 256

    /// Serves the object at a path: the handler gets each call that arrives, whatever its interface.
    ///
    /// - Parameters:
    ///   - path: Where.
    ///   - subtree: Whether the handler also serves all paths below.
    ///   - handler: Answers, now or later.
    /// - Returns: What ends it.
    /// - Throws: `lost` without an open connection, `invalid` for a malformed path or one that is taken.
    public func serve(
        _ path: String,
        subtree: Bool = false,
        _ handler: @escaping @Reactor (BusRequest) -> Void
    ) throws(BusError) -> ServedObject {
        guard isOpen else { throw .lost("not connected") }
        let object = ServedObject(self, handler)
        let onCall: sd_bus_message_handler_t = { message, this, _ in
            let object = Unmanaged<ServedObject>.fromOpaque(this!).takeUnretainedValue()
            // On the reactor's thread, as the entry checks.
            nonisolated(unsafe) let message = message!
            Reactor.assumeIsolated { object.connection.take(message, for: object) }
            return 1
        }
        let this = Unmanaged.passUnretained(object).toOpaque()
        let code =
            subtree
            ? sd_bus_add_fallback(bus, &object.slot, path, onCall, this)
            : sd_bus_add_object(bus, &object.slot, path, onCall, this)
        guard code >= 0 else { throw .invalid("\(path) cannot be served: \(errorText(-code))") }
        objects[object.number] = object
        return object
    }

    /// Sends a signal to everybody who wants it.
    ///
    /// - Throws: `lost` without an open connection, `busy` when the bus takes nothing, `invalid` for what
    ///   cannot be sent.
    public func emit(
        path: String,
        interface: String,
        member: String,
        arguments: [BusValue]
    ) throws(BusError) {
        guard isOpen, let bus else { throw .lost("not connected") }
        var message: OpaquePointer?
        let made = sd_bus_message_new_signal(bus, &message, path, interface, member)
        guard made >= 0, let message else {
            throw .invalid("\(path) \(interface).\(member) is no signal: \(errorText(-made))")
        }
        defer { sd_bus_message_unref(message) }
        try MessageWriter(message).append(arguments)
        try send(message)
    }

    private func take(_ message: OpaquePointer, for object: ServedObject) {
        var reader = MessageReader(message)
        let limit = "org.freedesktop.DBus.Error.LimitsExceeded"
        guard requests.count < Self.requestMaximum, let arguments = try? reader.readAll() else {
            return refuse(message, .init(name: limit, message: "The call is too large, or one too many"))
        }
        let request = BusRequest(self, MessageHeader(message), arguments)
        request.keep(message)
        object.handler(request)
    }

    fileprivate func answer(_ number: UInt64, _ values: [BusValue]) throws(BusError) {
        guard let call = requests[number] else { return }
        var reply: OpaquePointer?
        let made = sd_bus_message_new_method_return(call, &reply)
        guard made >= 0, let reply else { throw sendFailure(-made) }
        defer { sd_bus_message_unref(reply) }
        try MessageWriter(reply).append(values)
        forget(number)
        try send(reply)
    }

    fileprivate func refuse(_ number: UInt64, _ fault: BusError.Fault) {
        guard let call = requests[number] else { return }
        refuse(call, fault)
        forget(number)
    }

    fileprivate func forget(_ number: UInt64) {
        if let call = requests.removeValue(forKey: number) { sd_bus_message_unref(call) }
    }

    private func refuse(_ call: OpaquePointer, _ fault: BusError.Fault) {
        fault.name.withCString { name in
            fault.message.withCString { text in
                var error = sd_bus_error(name: name, message: text, _need_free: 0)
                // When the connection has ended, nobody waits.
                _ = sd_bus_reply_method_error(call, &error)
            }
        }
    }

    private func send(_ message: OpaquePointer) throws(BusError) {
        let code = sd_bus_send(bus, message, nil)
        guard code >= 0 else { throw sendFailure(-code) }
    }
}
