internal import Wire

/// What a stick is told, in this order, between its start-up message and its first broadcast.
///
///     4D 00 54        capabilities
///     4D 00 3E        firmware
///     4D 00 61        serial number
///     46 00 key[8]    network 0 is ANT+
///     42 00 40 00     channel 0 on network 0, type 40: receive only
///     51 00 0000 tt 00    from any sensor; tt one device type, or 0 for all
///     45 00 39        2400 + 57 MHz
///     6E 00 E0        with channel id, signal and receive time; older sticks: 66 00 01
///     5B 00           open channel 0 in continuous scan mode
///
/// In this mode no other channel may be open and the channel period plays no role. "Receive only" matters:
/// a two-way channel would acknowledge messages that are meant for somebody else.
///
/// - Source: ANT Message Protocol and Usage, D00000652; the order as in Tigge/openant pull requests 52, 54
///   and 56, and as a commercial program does it on a real USB log.
enum SetupStep: UInt8, CaseIterable, Sendable {
    case capabilities, firmware, serialNumber
    case networkKey, assignChannel, channelID, frequency, extendedMessages, openScan

    /// The next step, or `nil` after the last.
    var next: SetupStep? { SetupStep(rawValue: rawValue + 1) }

    /// What describes the stick is worth asking for, and no reason to do without the stick.
    var isOptional: Bool { self <= .serialNumber }

    /// What the step sends.
    func message(_ settings: Receiver.Settings, legacy: Bool) -> Message {
        switch self {
        case .capabilities: Message(.request, 0, MessageID.capabilities.rawValue)
        case .firmware: Message(.request, 0, MessageID.version.rawValue)
        case .serialNumber: Message(.request, 0, MessageID.serialNumber.rawValue)
        case .networkKey: Message(id: .networkKey, data: Payload([0] + settings.networkKey.bytes)!)
        case .assignChannel: Message(.assignChannel, 0, 0x40, 0)
        case .channelID: Message(.channelID, 0, 0, 0, settings.deviceTypeOfStick, 0)
        case .frequency: Message(.frequency, 0, 57)
        case .extendedMessages: legacy ? Message(.extendedReceive, 0, 1) : Message(.libraryConfig, 0, 0xE0)
        case .openScan: Message(.openScan, 0)
        }
    }

    /// Whether `message` is what the step asked for.
    func isAnswered(by message: Message) -> Bool {
        switch self {
        case .capabilities: message.id == .capabilities
        case .firmware: message.id == .version
        case .serialNumber: message.id == .serialNumber
        default: false
        }
    }

    /// A repeated command may meet a stick that carried out the first one, whose answer was lost.
    func isDone(byCode code: UInt8, isRepeated: Bool) -> Bool {
        let wrongState: UInt8 = 21
        return code == 0 || isRepeated && code == wrongState && (self == .assignChannel || self == .openScan)
    }
}

extension SetupStep: Comparable {
    static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension Message {
    init(_ id: MessageID, _ data: UInt8...) { self.init(id: id, data: Payload(data)!) }
}
