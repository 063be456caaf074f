public import Wire

/// One message of an ANT stick, its checksum verified. A fixed-size value.
///
///     A4     length   id   data[length]   checksum
///
/// The checksum is the exclusive or of all bytes before it.
///
/// - Source: ANT Message Protocol and Usage, D00000652, as in Tigge/openant `message.py`.
public struct Message: Hashable, Sendable {
    /// The first byte of every frame.
    public static let sync: UInt8 = 0xA4
    /// The longest data that a stick sends. The largest in use are 25 bytes, of an advanced burst.
    public static let dataLimit = 41
    /// Sync, length, id and checksum.
    static let overhead = 4

    public let id: MessageID
    public let data: Payload

    public init(id: MessageID, data: Payload) { (self.id, self.data) = (id, data) }

    /// The frame that carries this message to a stick.
    public var frame: [UInt8] {
        let body = [Self.sync, UInt8(data.count), id.rawValue] + data.bytes
        return body + [body.reduce(0, ^)]
    }
}

/// What a message is; the ids that a host has to do with.
public struct MessageID: Hashable, Sendable {
    public let rawValue: UInt8
    public init(_ rawValue: UInt8) { self.rawValue = rawValue }

    public static let version = MessageID(0x3E)
    public static let assignChannel = MessageID(0x42)
    public static let frequency = MessageID(0x45)
    public static let networkKey = MessageID(0x46)
    public static let reset = MessageID(0x4A)
    public static let request = MessageID(0x4D)
    public static let channelID = MessageID(0x51)
    public static let channelStatus = MessageID(0x52)
    public static let openScan = MessageID(0x5B)
    public static let extendedReceive = MessageID(0x66)
    public static let libraryConfig = MessageID(0x6E)
    public static let channelEvent = MessageID(0x40)
    public static let broadcast = MessageID(0x4E)
    public static let acknowledged = MessageID(0x4F)
    public static let burst = MessageID(0x50)
    public static let capabilities = MessageID(0x54)
    public static let legacyBroadcast = MessageID(0x5D)
    public static let legacyAcknowledged = MessageID(0x5E)
    public static let legacyBurst = MessageID(0x5F)
    public static let serialNumber = MessageID(0x61)
    public static let startUp = MessageID(0x6F)
    public static let serialError = MessageID(0xAE)

    /// The lengths of data that a stick sends with this id; for an unknown id nothing is known. Between them:
    /// data messages may carry any extension, capabilities and version differ by firmware.
    var lengths: ClosedRange<Int> {
        switch self {
        case .broadcast, .acknowledged, .burst: 9...20
        case .legacyBroadcast, .legacyAcknowledged, .legacyBurst: 13...13
        case .channelEvent: 3...4
        case .channelStatus: 2...2
        case .capabilities: 4...8
        case .version: 2...24
        case .serialNumber: 4...4
        case .startUp: 1...1
        default: 1...Message.dataLimit
        }
    }
}
