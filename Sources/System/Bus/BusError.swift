/// Why a connection, a call or a rule failed, sorted by what to do about it.
public enum BusError: Error, Hashable, Sendable {
    /// There is no bus, or it does not let this program in. Try again later.
    case unreachable(String)
    /// The connection broke, or is not open. Connect again.
    case lost(String)
    /// No answer before the deadline. Whether the call took effect is unknown; the service may hang.
    case timedOut
    /// The service is not on the bus, or left it before it answered. Wait until it has an owner.
    case absent(Fault)
    /// The service is there and does not know the object, the interface, the method or the property: what is
    /// known of its objects is out of date.
    case missing(Fault)
    /// A policy forbids it. An operator has to act.
    case denied(Fault)
    /// Too much is under way, here or at the bus. Wait for answers.
    case busy(String)
    /// The service refused, in words of its own such as `org.bluez.Error.InProgress`.
    case refused(Fault)
    /// A message beyond the bounds of ``BusValue``, or one that breaks its own signature.
    case unreadable(String)
    /// What was asked for cannot be sent: a malformed name or path, or values that fit no signature.
    case invalid(String)

    /// An error as D-Bus carries it: a name to decide on, and words for a log.
    public struct Fault: Hashable, Sendable {
        public var name: String
        public var message: String

        public init(name: String, message: String) {
            (self.name, self.message) = (name, message)
        }
    }

    /// The error's name and words, when it came over the bus.
    public var fault: Fault? {
        switch self {
        case .absent(let fault), .missing(let fault), .denied(let fault), .refused(let fault): fault
        case .unreachable, .lost, .timedOut, .busy, .unreadable, .invalid: nil
        }
    }

    /// Sorts an error that came as the answer to a call.
    ///
    /// - Source: D-Bus specification 0.41 and `dbus-protocol.h`. The bus itself says NoReply when the service
    ///   ends without an answer; a deadline of ours never comes here.
    public init(_ fault: Fault) {
        let prefix = "org.freedesktop.DBus.Error."
        guard fault.name.hasPrefix(prefix) else {
            self = .refused(fault)
            return
        }
        self =
            switch fault.name.dropFirst(prefix.count) {
            case "ServiceUnknown", "NameHasNoOwner", "NoReply", "Disconnected", "NoServer":
                .absent(fault)
            case let word where word.hasPrefix("Spawn."):
                .absent(fault)
            case "UnknownObject", "UnknownInterface", "UnknownMethod", "UnknownProperty":
                .missing(fault)
            case "AccessDenied", "AuthFailed", "InteractiveAuthorizationRequired":
                .denied(fault)
            case "LimitsExceeded", "NoMemory":
                .busy("\(fault.message) (\(fault.name))")
            default:
                .refused(fault)
            }
    }
}

extension BusError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let text): "The bus cannot be reached: \(text)"
        case .lost(let text): "The connection to the bus broke: \(text)"
        case .timedOut: "No answer before the deadline"
        case .absent(let fault): "The service is not there: \(fault)"
        case .missing(let fault): "The service does not know what was asked for: \(fault)"
        case .denied(let fault): "The bus does not allow it: \(fault)"
        case .busy(let text): "Too much is under way: \(text)"
        case .refused(let fault): fault.description
        case .unreadable(let text): "A message cannot be read: \(text)"
        case .invalid(let text): text
        }
    }
}

extension BusError.Fault: CustomStringConvertible {
    public var description: String { message.isEmpty ? name : "\(message) (\(name))" }
}
