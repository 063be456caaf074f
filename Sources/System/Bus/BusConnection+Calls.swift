internal import CSystemd
public import Reactor

/// A method call: whom, what, and the arguments.
public struct BusCall: Hashable, Sendable {
    public var service: String
    public var path: String
    public var interface: String
    public var member: String
    public var arguments: [BusValue]

    public init(
        service: String,
        path: String,
        interface: String,
        member: String,
        arguments: [BusValue] = []
    ) {
        (self.service, self.path, self.interface) = (service, path, interface)
        (self.member, self.arguments) = (member, arguments)
    }
}

/// A call that waits for its answer. Dropping it changes nothing.
@Reactor
public final class PendingCall {
    public typealias Answer = @Reactor (Result<[BusValue], BusError>) -> Void

    private let connection: BusConnection
    private let number: UInt64
    private var answer: Answer?
    fileprivate var slot: OpaquePointer?

    fileprivate init(_ connection: BusConnection, _ answer: @escaping Answer) {
        (self.connection, self.answer) = (connection, answer)
        number = connection.nextNumber()
        connection.calls[number] = self
    }

    /// Forgets the call: the answer will not be told. Whether the call takes effect is unknown.
    public func cancel() {
        answer = nil
        release()
        connection.calls[number] = nil
    }

    /// From sd-bus; the last thing that it says of this call.
    fileprivate func answered(_ result: Result<[BusValue], BusError>) {
        let answer = takeAnswer()
        cancel()
        answer?(result)
    }

    func takeAnswer() -> Answer? {
        defer { answer = nil }
        return answer
    }

    func release() {
        guard let slot else { return }
        self.slot = nil
        sd_bus_slot_unref(slot)
    }
}

extension BusConnection {
    /// How many calls may be under way. A bus keeps track of 128 per connection in Debian's configuration of
    /// dbus-daemon and refuses more; those that ended here by a deadline still count there until the service
    /// answers or leaves.
    public static let callMaximum = 64

    /// Calls a method. The answer, or the error, is told exactly once, never from inside this call; or never,
    /// after ``PendingCall/cancel()`` and ``close()``.
    ///
    /// - Parameters:
    ///   - call: What to call.
    ///   - microseconds: How long the answer may take; it can be up to 250 ms more until that is noticed.
    ///   - answer: Gets the values of the answer.
    /// - Returns: A way to forget the call.
    /// - Throws: `lost` without an open connection, `busy` above ``callMaximum``, `invalid` for what cannot
    ///   be sent. Nothing has been sent then.
    @discardableResult
    public func call(
        _ call: BusCall,
        within microseconds: UInt64,
        _ answer: @escaping PendingCall.Answer
    ) throws(BusError) -> PendingCall {
        guard calls.count < Self.callMaximum else { throw .busy("\(calls.count) calls") }
        return try send(call, within: microseconds, answer)
    }

    /// The same without the bound, for what the connection itself asks the bus.
    @discardableResult
    func send(
        _ call: BusCall,
        within microseconds: UInt64,
        _ answer: @escaping PendingCall.Answer
    ) throws(BusError) -> PendingCall {
        guard isOpen, let bus else { throw .lost("not connected") }
        var message: OpaquePointer?
        let made = sd_bus_message_new_method_call(
            bus,
            &message,
            call.service,
            call.path,
            call.interface,
            call.member
        )
        guard made >= 0, let message else {
            throw .invalid("\(call) is no call: \(errorText(-made))")
        }
        defer { sd_bus_message_unref(message) }
        try MessageWriter(message).append(call.arguments)

        let pending = PendingCall(self, answer)
        let onReply: sd_bus_message_handler_t = { message, this, _ in
            let pending = Unmanaged<PendingCall>.fromOpaque(this!).takeUnretainedValue()
            let result = readReply(message!)
            Reactor.assumeIsolated { pending.answered(result) }
            return 0
        }
        // The connection keeps the pending call alive for as long as there is a slot.
        let this = Unmanaged.passUnretained(pending).toOpaque()
        // To sd-bus 0 means a deadline of its own choice.
        let sent = sd_bus_call_async(bus, &pending.slot, message, onReply, this, max(microseconds, 1))
        guard sent >= 0 else {
            pending.cancel()
            throw sendFailure(-sent)
        }
        return pending
    }
}

extension BusCall: CustomStringConvertible {
    public var description: String { "\(service) \(path) \(interface).\(member)" }
}

private func readReply(_ message: OpaquePointer) -> Result<[BusValue], BusError> {
    if let error = readError(message) { return .failure(error) }
    var reader = MessageReader(message)
    do throws(BusError) {
        return .success(try reader.readAll())
    } catch {
        return .failure(error)
    }
}
