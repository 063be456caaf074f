public import Wire

/// A data message: the eight bytes that a sensor sent, and what the stick says about their reception.
///
///     id           data
///     4E 4F 50     channel, payload[8], and maybe an extension
///     5D 5E 5F     channel, channel id (4 bytes), payload[8]
///
/// Extension: a flag byte, then in this order as far as its bits say
///
///     bit 7   channel id     u16 device number, u8 device type, u8 transmission type
///     bit 6   signal         u8 kind: 20 = s8 dBm, s8 threshold; 10 = u8, u16 gain register
///     bit 5   receive time   u16, 1/32768 s
///
/// - Device type: bit 7 says that the sensor wants to pair and is not part of the type.
/// - Transmission type: the high nibble extends the device number to 20 bits.
///
/// - Source: ANT Message Protocol and Usage, D00000652; the size of the gain block from real captures only.
/// - Checked: frames of six sticks, see the vectors.
public struct Broadcast: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case broadcast, acknowledged, burst }

    public let kind: Kind
    public let channel: UInt8
    /// Bits 5-7 of the channel byte, which count the packets of a burst.
    public let sequence: BurstSequence
    public let payload: Payload
    /// Who sent it; `nil` when the stick was not asked to say so.
    public let channelID: ChannelID?
    public let signal: Signal?
    /// 1/32768 s; wraps every 2 s.
    public let receiveStamp: UInt16?
    /// The flag byte of an extension.
    public let extensionFlags: UInt8?
    /// Whether the extension ends before what its flags announce. What was complete before that is kept.
    public let isExtensionMalformed: Bool

    /// Whether messages with this id are data messages.
    public static func isData(_ id: MessageID) -> Bool { kind(of: id) != nil }

    /// Reads `message`, or returns `nil` when it is no data message or does not hold eight payload bytes.
    public init?(_ message: Message) {
        guard let (kind, isLegacy) = Self.kind(of: message.id) else { return nil }
        var reader = ByteReader(message.data)
        guard let channel = reader.uint8() else { return nil }
        let legacyID = isLegacy ? ChannelID(&reader) : nil
        guard !isLegacy || legacyID != nil, let page = reader.uint64() else { return nil }

        self.kind = kind
        self.channel = channel & 0x1F
        sequence = BurstSequence(channelByte: channel)
        payload = Payload(packed: page)
        let parts = isLegacy ? ExtensionParts() : ExtensionParts(&reader)
        channelID = legacyID ?? parts.channelID
        (signal, receiveStamp) = (parts.signal, parts.receiveStamp)
        (extensionFlags, isExtensionMalformed) = (parts.flags, parts.isMalformed)
    }

    private static func kind(of id: MessageID) -> (Kind, isLegacy: Bool)? {
        switch id {
        case .broadcast: (.broadcast, false)
        case .acknowledged: (.acknowledged, false)
        case .burst: (.burst, false)
        case .legacyBroadcast: (.broadcast, true)
        case .legacyAcknowledged: (.acknowledged, true)
        case .legacyBurst: (.burst, true)
        default: nil
        }
    }

    /// The frame that decoders take; `nil` for the packet of a burst and when the sender is not known.
    public func frame(at time: Instant, source: SourceIndex) -> Frame? {
        guard kind != .burst, let channelID, channelID.deviceNumber != 0 else { return nil }
        return Frame(
            time: time,
            source: source,
            sensor: channelID.sensor,
            channel: .antPage,
            strength: signal?.strength,
            receiveStamp: receiveStamp,
            payload: payload
        )
    }
}

/// Who sends on a channel.
public struct ChannelID: Hashable, Sendable {
    /// 16 bits; 0 is a wildcard and no sensor.
    public let deviceNumber: UInt16
    /// Without the pairing bit.
    public let deviceType: UInt8
    public let isPairing: Bool
    public let transmissionType: UInt8

    init?(_ reader: inout ByteReader) {
        guard reader.remaining >= 4, let number = reader.uint16(), let type = reader.uint8(),
            let transmission = reader.uint8()
        else { return nil }
        (deviceNumber, transmissionType) = (number, transmission)
        (deviceType, isPairing) = (type & 0x7F, type & 0x80 != 0)
    }

    /// The device number with the four bits by which the transmission type extends it.
    public var extendedNumber: UInt32 { UInt32(transmissionType >> 4) << 16 | UInt32(deviceNumber) }

    public var sensor: SensorID { .ant(number: extendedNumber, type: deviceType) }
}

/// The signal block of an extension.
public enum Signal: Hashable, Sendable {
    case level(dBm: Int8, threshold: Int8)
    /// The gain register of the receiver; no unit, and no way to dBm.
    case gain(UInt16)

    /// The kind as the block numbers it.
    public var kind: UInt8 {
        switch self {
        case .level: 0x20
        case .gain: 0x10
        }
    }

    public var strength: SignalStrength {
        switch self {
        case .level(let dBm, _): .dBm(dBm)
        case .gain(let register): .gain(register)
        }
    }

    init?(_ reader: inout ByteReader) {
        switch reader.uint8() {
        case 0x20:
            guard reader.remaining >= 2, let dBm = reader.int8(), let threshold = reader.int8() else {
                return nil
            }
            self = .level(dBm: dBm, threshold: threshold)
        case 0x10:
            guard reader.remaining >= 3, reader.skip(1), let register = reader.uint16() else { return nil }
            self = .gain(register)
        default: return nil  // Unknown, and so is its size: whatever follows cannot be found.
        }
    }
}

/// The parts of an extension, read as far as they are whole.
private struct ExtensionParts {
    var flags: UInt8?
    var channelID: ChannelID?
    var signal: Signal?
    var receiveStamp: UInt16?
    var isMalformed = false

    init() {}

    init(_ reader: inout ByteReader) {
        guard let flags = reader.uint8() else { return }
        self.flags = flags
        isMalformed = true
        if flags & 0x80 != 0 {
            channelID = ChannelID(&reader)
            guard channelID != nil else { return }
        }
        if flags & 0x40 != 0 {
            signal = Signal(&reader)
            guard signal != nil else { return }
        }
        if flags & 0x20 != 0 {
            receiveStamp = reader.uint16()
            guard receiveStamp != nil else { return }
        }
        isMalformed = false
    }
}
