internal import CSystemd
public import Reactor

/// A signal as it arrived.
public struct BusSignal: Hashable, Sendable {
    /// The sender's unique name. Anybody on the bus may send anything to this connection.
    public let sender: String
    public let path: String
    public let interface: String
    public let member: String
    public let arguments: [BusValue]
}

/// Which signals are wanted; what is `nil` may be anything.
public struct BusMatch: Hashable, Sendable {
    public enum Path: Hashable, Sendable {
        case exactly(String)
        /// This object and all below it.
        case namespace(String)
    }

    /// A unique name, or that of the bus. No well-known name: a signal does not carry one, so a stranger's could
    /// not be told apart. ``BusConnection/watchOwner(of:_:)`` tells the unique name of a service.
    public var sender: String?
    public var path: Path?
    public var interface: String?
    public var member: String?
    /// The first argument, when it is a string.
    public var argument: String?

    public init(
        sender: String? = nil,
        path: Path? = nil,
        interface: String? = nil,
        member: String? = nil,
        argument: String? = nil
    ) {
        (self.sender, self.path, self.interface) = (sender, path, interface)
        (self.member, self.argument) = (member, argument)
    }

    /// - Source: D-Bus specification 0.41, "Match Rules".
    var rule: String {
        var parts = ["type='signal'"]
        func add(_ key: String, _ value: String?) {
            if let value { parts.append("\(key)='\(value)'") }
        }
        add("sender", sender)
        add("interface", interface)
        add("member", member)
        switch path {
        case .exactly(let path): add("path", path)
        case .namespace(let path): add("path_namespace", path)
        case nil: break
        }
        add("arg0", argument)
        return parts.joined(separator: ",")
    }

    /// Whether the bus takes the rule; what it does not take would end the connection.
    var isValid: Bool {
        let isPathValid =
            switch path {
            case .exactly(let path), .namespace(let path): sd_bus_object_path_is_valid(path) > 0
            case nil: true
            }
        return isPathValid
            && sender.map(Self.isSender) ?? true
            && interface.map { sd_bus_interface_name_is_valid($0) > 0 } ?? true
            && member.map { sd_bus_member_name_is_valid($0) > 0 } ?? true
            && !(argument?.utf8.contains { $0 == UInt8(ascii: "'") || $0 == 0 } ?? false)
    }
}

extension BusMatch {
    fileprivate static func isSender(_ name: String) -> Bool {
        sd_bus_service_name_is_valid(name) > 0 && (name.hasPrefix(":") || name == "org.freedesktop.DBus")
    }
}

/// A wish for signals. It ends with ``cancel()``, with the last reference, or with the connection.
@Reactor
public final class BusSubscription {
    private let connection: BusConnection
    private let match: BusMatch
    fileprivate let number: UInt64

    fileprivate init(_ connection: BusConnection, _ match: BusMatch, _ number: UInt64) {
        (self.connection, self.match, self.number) = (connection, match, number)
    }

    deinit {
        // The last reference may go on any thread.
        let (connection, match, number) = (connection, match, number)
        Task { @Reactor in connection.unsubscribe(match, number) }
    }

    /// No signal is told from now on.
    public func cancel() { connection.unsubscribe(match, number) }
}

/// A match at the bus and everybody here who shares it.
@Reactor
final class MatchRule {
    fileprivate unowned let connection: BusConnection
    private let sender: String?
    fileprivate var slot: OpaquePointer?
    fileprivate var subscribers: [(number: UInt64, handler: @Reactor (BusSignal) -> Void)] = []

    fileprivate init(_ connection: BusConnection, sender: String?) {
        (self.connection, self.sender) = (connection, sender)
    }

    fileprivate func tell(_ signal: BusSignal) {
        // To sd-bus every unique name might be the bus.
        guard sender == nil || sender == signal.sender else { return }
        for (number, handler) in subscribers where subscribers.contains(where: { $0.number == number }) {
            handler(signal)
        }
    }

    func release() {
        subscribers = []
        guard let slot else { return }
        self.slot = nil
        sd_bus_slot_unref(slot)
    }
}

extension BusConnection {
    /// Tells signals from now on: what is sent after the bus has handled a later call of this connection is
    /// not missed. Equal matches share one rule at the bus, which goes with the last of them.
    ///
    /// A rule that the bus refuses ends the connection, because its signals would be waited for in vain. A
    /// signal that cannot be read is dropped and counted in ``unreadableCount``.
    ///
    /// - Parameters:
    ///   - match: Which signals.
    ///   - handler: Gets each one.
    /// - Returns: What keeps the rule.
    /// - Throws: `lost` without an open connection, `invalid` for a malformed match.
    public func subscribe(
        _ match: BusMatch,
        _ handler: @escaping @Reactor (BusSignal) -> Void
    ) throws(BusError) -> BusSubscription {
        guard isOpen else { throw .lost("not connected") }
        let number = nextNumber()
        if let rule = rules[match] {
            rule.subscribers.append((number, handler))
        } else {
            let rule = MatchRule(self, sender: match.sender)
            rule.subscribers.append((number, handler))
            try install(rule, match)
            rules[match] = rule
        }
        return BusSubscription(self, match, number)
    }

    /// Tells who owns a well-known name: once soon, then at each change; `nil` while nobody does.
    ///
    /// - Parameters:
    ///   - name: Such as `org.bluez`.
    ///   - handler: Gets the owner's unique name.
    /// - Returns: What keeps the watch.
    /// - Throws: As ``subscribe(_:_:)``.
    public func watchOwner(
        of name: String,
        _ handler: @escaping @Reactor (String?) -> Void
    ) throws(BusError) -> BusSubscription {
        let bus = "org.freedesktop.DBus"
        let match = BusMatch(
            sender: bus,
            path: .exactly("/org/freedesktop/DBus"),
            interface: bus,
            member: "NameOwnerChanged",
            argument: name
        )
        var known: String??
        func tell(_ owner: String?) {
            guard known != .some(owner) else { return }
            known = owner
            handler(owner)
        }
        let subscription = try subscribe(match) { signal in
            guard signal.arguments.count == 3 else { return }
            let owner = signal.arguments[2].asText ?? ""
            tell(owner.isEmpty ? nil : owner)
        }
        let number = subscription.number
        let call = BusCall(
            service: bus,
            path: "/org/freedesktop/DBus",
            interface: bus,
            member: "GetNameOwner",
            arguments: [.string(name)]
        )
        try send(call, within: 10_000_000) { [weak self] answer in
            // What a signal has told meanwhile is as new or newer.
            guard let self, known == nil, isSubscribed(match, number) else { return }
            switch answer {
            case .success(let values): tell(values.first?.asText)
            case .failure(.absent): tell(nil)
            case .failure(let error): finish(error)
            }
        }
        return subscription
    }

    private func isSubscribed(_ match: BusMatch, _ number: UInt64) -> Bool {
        rules[match]?.subscribers.contains { $0.number == number } ?? false
    }

    fileprivate func unsubscribe(_ match: BusMatch, _ number: UInt64) {
        guard let rule = rules[match] else { return }
        rule.subscribers.removeAll { $0.number == number }
        guard rule.subscribers.isEmpty else { return }
        rules[match] = nil
        rule.release()
    }

    private func install(_ rule: MatchRule, _ match: BusMatch) throws(BusError) {
        guard match.isValid else { throw .invalid("\(match.rule) is no match") }
        let onSignal: sd_bus_message_handler_t = { message, this, _ in
            let rule = Unmanaged<MatchRule>.fromOpaque(this!).takeUnretainedValue()
            let header = MessageHeader(message!)
            var reader = MessageReader(message!)
            let arguments = try? reader.readAll()
            Reactor.assumeIsolated {
                guard let arguments else { return rule.connection.unreadableCount += 1 }
                rule.tell(
                    BusSignal(
                        sender: header.sender,
                        path: header.path,
                        interface: header.interface,
                        member: header.member,
                        arguments: arguments
                    )
                )
            }
            return 0
        }
        let onInstalled: sd_bus_message_handler_t = { message, this, _ in
            let rule = Unmanaged<MatchRule>.fromOpaque(this!).takeUnretainedValue()
            if let error = readError(message!) { Reactor.assumeIsolated { rule.connection.finish(error) } }
            return 1
        }
        // The connection keeps the rule alive for as long as there is a slot.
        let this = Unmanaged.passUnretained(rule).toOpaque()
        let code = sd_bus_add_match_async(bus, &rule.slot, match.rule, onSignal, onInstalled, this)
        guard code >= 0 else { throw .invalid("\(match.rule) is no match: \(errorText(-code))") }
    }
}
