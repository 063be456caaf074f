public import Wire

/// One thing that bluetoothd is asked for. Paths are those of its objects.
///
/// - Source: the BlueZ documentation, org.bluez.Adapter(5), org.bluez.Device(5),
///   org.bluez.GattCharacteristic(5).
public enum Call: Hashable, Sendable {
    /// All objects, once after bluetoothd appeared; each is then told as an event, before the reply.
    case listObjects
    case power(adapter: String, on: Bool)
    case setDiscoveryFilter(adapter: String)
    case startDiscovery(adapter: String)
    case stopDiscovery(adapter: String)
    case connect(device: String)
    case disconnect(device: String)
    /// Without an agent, so only with sensors that ask for no code.
    case pair(device: String)
    /// Makes bluetoothd forget what it cached of a device.
    case remove(device: String, adapter: String)
    /// Values through a socket of their own; without support for that, through signals.
    case subscribe(characteristic: String, Subscription)
    case unsubscribe(characteristic: String, Subscription)
    case read(characteristic: String)

    /// How long the answer may take.
    ///
    /// bluetoothd itself gives up on an absent device after 41 s. That is too long to block the others.
    var patience: Nanoseconds {
        switch self {
        case .connect, .pair: 20 * .second
        case .power, .startDiscovery, .stopDiscovery: 10 * .second
        case .listObjects, .setDiscoveryFilter, .disconnect, .remove, .subscribe, .unsubscribe, .read:
            5 * .second
        }
    }
}

/// Tells replies apart.
public struct CallID: Hashable, Sendable {
    let rawValue: UInt64
}

/// Values of one characteristic over one link, from ``Call/subscribe(characteristic:_:)`` on. Never used
/// again for another one.
public struct Subscription: Hashable, Sendable {
    public let rawValue: UInt32
}

/// What came back.
public enum Reply: Hashable, Sendable {
    case done
    /// The answer to ``Call/read(characteristic:)``.
    case value(Payload)
    case failed(CallFailure)
}

/// Why a call failed, sorted by what helps.
public enum CallFailure: Error, Hashable, Sendable {
    /// No answer in time.
    case timeout
    /// Another operation of the same kind is under way, maybe for ever.
    case inProgress
    /// The adapter is off.
    case notReady
    /// The adapter is off, and rfkill keeps it off.
    case blocked
    /// The object is gone.
    case unknownObject
    /// It was so already.
    case already
    /// The link broke while it was made, which happens in crowds: at once again.
    case aborted
    /// The adapter holds as many links as it can.
    case noSlot
    case notSupported
    /// Not allowed: by the device, which wants to be paired, or by the bus.
    case notPermitted
    case other(String)
}

extension CallFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .timeout: "no answer in time"
        case .inProgress: "another operation is in progress"
        case .notReady: "the adapter is off"
        case .blocked: "rfkill blocks the adapter"
        case .unknownObject: "it is gone"
        case .already: "it is so already"
        case .aborted: "the link broke while it was made"
        case .noSlot: "no free link"
        case .notSupported: "not supported"
        case .notPermitted: "not permitted"
        case .other(let text): text
        }
    }
}
