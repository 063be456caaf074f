public import Wire

/// What a stick says about itself and its channels.
///
/// - Source: ANT Message Protocol and Usage, D00000652, as in Tigge/openant `message.py`; names are those of
///   the document's constants.
public enum Notice: Hashable, Sendable {
    /// The stick (re)started; all of its settings are gone.
    case started(StartUpReason)
    /// Something happened on a channel.
    case event(channel: UInt8, ChannelEvent)
    /// The answer to a command; code 0 is success.
    case response(channel: UInt8, to: MessageID, code: UInt8)
    case capabilities(channels: UInt8, networks: UInt8)
    case serialNumber(UInt32)
    /// The firmware's name, without the NUL at its end.
    case version(Payload)
    /// The stick lost bytes of what the host sent.
    case serialError

    /// Reads `message`, or returns `nil` when it is no notice or too short for what it is.
    public init?(_ message: Message) {
        var reader = ByteReader(message.data)
        switch message.id {
        case .startUp:
            guard let bits = reader.uint8() else { return nil }
            self = .started(StartUpReason(rawValue: bits))
        case .channelEvent:
            guard let channel = reader.uint8(), let id = reader.uint8(), let code = reader.uint8() else {
                return nil
            }
            self =
                id == 1
                ? .event(channel: channel & 0x1F, ChannelEvent(code))
                : .response(channel: channel & 0x1F, to: MessageID(id), code: code)
        case .capabilities:
            // Between 4 and 8 bytes by firmware; the first two are always these.
            guard let channels = reader.uint8(), let networks = reader.uint8() else { return nil }
            self = .capabilities(channels: channels, networks: networks)
        case .serialNumber:
            guard let serial = reader.uint32() else { return nil }
            self = .serialNumber(serial)
        case .version:
            let name = message.data.withBytes { Payload($0.prefix { $0 != 0 }) }
            guard let name else { return nil }
            self = .version(name)
        case .serialError: self = .serialError
        default: return nil
        }
    }
}

/// Why a stick started. No bit set: it was plugged in.
public struct StartUpReason: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let hardwareReset = StartUpReason(rawValue: 1 << 0)
    public static let watchdog = StartUpReason(rawValue: 1 << 1)
    public static let commandReset = StartUpReason(rawValue: 1 << 5)
    public static let synchronousReset = StartUpReason(rawValue: 1 << 6)
    public static let suspend = StartUpReason(rawValue: 1 << 7)

    /// The name of the lowest bit that is set.
    public var name: String {
        if isEmpty { return "power_on" }
        if contains(.hardwareReset) { return "hardware_reset" }
        if contains(.watchdog) { return "watchdog" }
        if contains(.commandReset) { return "command_reset" }
        if contains(.synchronousReset) { return "sync" }
        if contains(.suspend) { return "suspend" }
        return "reserved"
    }
}

/// The code of a channel event.
public struct ChannelEvent: Hashable, Sendable {
    public let rawValue: UInt8
    public init(_ rawValue: UInt8) { self.rawValue = rawValue }

    public static let searchTimeout = ChannelEvent(1)
    public static let receiveFailed = ChannelEvent(2)
    public static let channelClosed = ChannelEvent(7)
    public static let receiveFailedGoToSearch = ChannelEvent(8)
    public static let channelCollision = ChannelEvent(9)
    public static let serialQueueOverflow = ChannelEvent(52)
    public static let queueOverflow = ChannelEvent(53)

    public var name: String {
        switch rawValue {
        case 1: "rx_search_timeout"
        case 2: "rx_fail"
        case 3: "tx"
        case 4: "transfer_rx_failed"
        case 5: "transfer_tx_completed"
        case 6: "transfer_tx_failed"
        case 7: "channel_closed"
        case 8: "rx_fail_go_to_search"
        case 9: "channel_collision"
        case 10: "transfer_tx_start"
        case 17: "transfer_next_data_block"
        case 52: "serial_queue_overflow"
        case 53: "queue_overflow"
        default: "event_\(rawValue)"
        }
    }
}
