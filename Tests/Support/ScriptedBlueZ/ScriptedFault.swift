public import Bus
internal import Reactor

/// What goes wrong with one call, or with the next few, of a method.
public struct ScriptedFault: Sendable {
    public enum Effect: Sendable {
        /// Carried out, and answered so many microseconds late. Not scaled.
        case late(UInt64)
        /// Carried out, and never answered.
        case silent
        /// Neither carried out nor answered.
        case ignored
        /// Not carried out, and refused.
        case refused(BusError.Fault)
        /// Carried out, and answered only after the next answer to anything.
        case afterNext
    }

    /// Such as `Connect`.
    public var member: String
    /// The object, or `nil` for any.
    public var path: String?
    public var effect: Effect
    /// How many calls it takes; `Int.max` for all.
    public var count: Int

    public init(_ member: String, path: String? = nil, _ effect: Effect, count: Int = 1) {
        (self.member, self.path, self.effect, self.count) = (member, path, effect, count)
    }
}

extension BusError.Fault {
    /// One of bluetoothd's own errors: `.bluez("InProgress")`.
    ///
    /// - Source: bluez/src/error.c 5.66; the words are bluetoothd's.
    public static func bluez(_ name: String, _ message: String? = nil) -> BusError.Fault {
        let words = [
            "InProgress": "Operation already in progress", "NotReady": "Resource Not Ready",
            "NotConnected": "Not Connected", "DoesNotExist": "Does Not Exist",
            "AlreadyConnected": "Already Connected", "NotSupported": "Operation is not supported",
            "NotPermitted": "Operation not permitted", "InvalidArguments": "Invalid arguments in method call",
        ]
        return .init(name: "org.bluez.Error." + name, message: message ?? words[name] ?? name)
    }

    public static let abortedByLocal = bluez("Failed", "le-connection-abort-by-local")
    static let unknownObject = BusError.Fault(
        name: "org.freedesktop.DBus.Error.UnknownObject",
        message: "Method called on an object that does not exist"
    )
    static let unknownMethod = BusError.Fault(
        name: "org.freedesktop.DBus.Error.UnknownMethod",
        message: "Method does not exist"
    )
}

/// A call with what the script does to its answer.
@Reactor
final class ScriptedCall {
    let request: BusRequest
    private let bluez: ScriptedBlueZ
    private let effect: ScriptedFault.Effect?

    init(_ request: BusRequest, _ bluez: ScriptedBlueZ, _ effect: ScriptedFault.Effect?) {
        (self.request, self.bluez, self.effect) = (request, bluez, effect)
    }

    func answer(_ values: [BusValue] = []) { send { try? $0.answer(values) } }
    func refuse(_ fault: BusError.Fault) { send { $0.refuse(fault) } }

    private func send(_ body: @escaping @Reactor (BusRequest) -> Void) {
        let request = request
        switch effect {
        case .silent, .ignored, .refused: break
        case .late(let microseconds): Reactor.schedule(afterMicroseconds: microseconds) { body(request) }
        case .afterNext: bluez.held.append { body(request) }
        case nil:
            body(request)
            bluez.releaseHeld()
        }
    }
}
