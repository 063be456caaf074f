public import Wire

/// What bluetoothd tells of an object: all of it when the object appears, later what changed. A value that
/// is `nil` was not told.
public enum Facts: Hashable, Sendable {
    case adapter(AdapterFacts)
    case device(DeviceFacts)
    case characteristic(CharacteristicFacts)
}

public struct AdapterFacts: Hashable, Sendable {
    /// Six octets, as text.
    public var address: String?
    public var isPowered: Bool?
    public var isDiscovering: Bool?
    /// Whether rfkill keeps it off.
    public var isBlocked: Bool?
    /// Whose stack it is, and of which version.
    public var modalias: String?
    /// What frames heard by it carry.
    public var source: SourceIndex?

    public init() {}
}

public struct DeviceFacts: Hashable, Sendable {
    /// The path of its adapter.
    public var adapter: String?
    /// 48 bits, the first octet of the text form on top.
    public var address: UInt64?
    public var name: String?
    /// dBm.
    public var rssi: Int8?
    /// The services that it advertises or has.
    public var services: [AttributeUUID]?
    public var isConnected: Bool?
    public var isResolved: Bool?
    /// Manufacturer data as an AD structure: length, FF, company, data.
    public var manufacturerData: Payload?

    public init() {}
}

public struct CharacteristicFacts: Hashable, Sendable {
    public var uuid: AttributeUUID?
    public var canNotify: Bool?
    public var canRead: Bool?

    public init() {}
}
