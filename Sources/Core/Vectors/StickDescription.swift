import ANTHost
import Profiles
import Wire

/// What the bytes of a stick say, transfer by transfer, under the names of the `ant.usb` vectors.
///
/// Fields about single messages, such as `broadcast` and `event`, tell of the first message of that kind.
struct StickDescription {
    static let name = "ant.usb"

    private var messages: [FieldValue] = []
    private var payloads: [FieldValue] = []
    private var burst = BurstAssembler()
    private var burstChannel: UInt8?
    private var details = FieldList()

    static func describe(_ transfers: [[UInt8]]) -> FieldList {
        var parser = FrameParser()
        var stick = StickDescription()
        for transfer in transfers { parser.receive(transfer) { stick.take($0) } }

        var fields = FieldList()
        fields.add("frames", parser.frames)
        fields.add("errors", parser.damagedRegions)
        fields.add("skipped_bytes", parser.skippedBytes)
        fields.add("padding_bytes", parser.paddingBytes)
        fields.add("pending_bytes", parser.pendingBytes)
        fields.add("messages", .list(stick.messages))
        fields.add("payloads", .list(stick.payloads))
        for field in stick.details.fields { fields.add(field.name, field.value) }
        stick.describeBurst(to: &fields)
        return fields
    }

    private mutating func take(_ message: Message) {
        var fields = FieldList()
        fields.add("id", message.id.rawValue)
        fields.add("data", message.data.lowercaseHex)
        messages.append(.object(fields))

        if let broadcast = Broadcast(message) {
            take(broadcast, isLegacy: message.id.rawValue >= MessageID.legacyBroadcast.rawValue)
        } else if Broadcast.isData(message.id) {
            details.addFirst("broadcast_reject", .flag(true))
        } else if let notice = Notice(message) {
            take(notice)
        }
    }

    private mutating func take(_ broadcast: Broadcast, isLegacy: Bool) {
        payloads.append(.text(broadcast.payload.lowercaseHex))
        if broadcast.kind == .acknowledged { details.addFirst("acknowledged", .flag(true)) }
        if broadcast.isExtensionMalformed { details.addFirst("ext_malformed", .flag(true)) }
        if broadcast.kind == .burst {
            burstChannel = burstChannel ?? broadcast.channel
            _ = burst.take(broadcast)
        } else {
            details.addFirst(isLegacy ? "legacy_ext" : "broadcast", .object(Self.describe(broadcast)))
        }
    }

    private static func describe(_ broadcast: Broadcast) -> FieldList {
        var fields = FieldList()
        fields.add("channel", broadcast.channel)
        fields.add("payload", broadcast.payload.lowercaseHex)
        if let flags = broadcast.extensionFlags {
            fields.add("flag", flags)
        } else if broadcast.channelID == nil {
            fields.add("ext", .null)
            return fields
        }
        fields.add("device_number", broadcast.channelID?.deviceNumber)
        fields.add("device_type", broadcast.channelID?.deviceType)
        fields.add("transmission_type", broadcast.channelID?.transmissionType)
        if let signal = broadcast.signal {
            fields.add("rssi_type", signal.kind)
            switch signal {
            case .level(let dBm, let threshold):
                fields.add("rssi_dbm", dBm)
                fields.add("rssi_threshold_dbm", threshold)
            case .gain(let register):
                fields.add("rssi_dbm", .null)
                fields.add("agc", register)
            }
        }
        if let stamp = broadcast.receiveStamp { fields.add("rx_timestamp", stamp) }
        return fields
    }

    private mutating func take(_ notice: Notice) {
        switch notice {
        case .started(let reason): details.addFirst("startup_reason", .text(reason.name))
        case .event(_, let event): details.addFirst("event", .text(event.name))
        case .response: break  // Its bytes are in `messages`.
        case .capabilities(let channels, let networks):
            details.addFirst("max_channels", .integer(Int64(channels)))
            details.addFirst("max_networks", .integer(Int64(networks)))
        case .serialNumber(let serial): details.addFirst("serial", .integer(Int64(serial)))
        case .version(let name):
            details.addFirst("version", .text(name.withBytes { String(decoding: $0, as: UTF8.self) }))
        case .serialError: details.addFirst("serial_error", .flag(true))
        }
    }

    private func describeBurst(to fields: inout FieldList) {
        guard let burstChannel else { return }
        var description = FieldList()
        description.add("channel", burstChannel)
        description.add("packets", burst.packets)
        description.add("complete", burst.isComplete)
        description.add("length", burst.data.count)
        fields.add("burst", description)
    }
}

extension FieldList {
    fileprivate mutating func addFirst(_ name: String, _ value: FieldValue) {
        if self[name] == nil { add(name, value) }
    }
}

extension Payload {
    fileprivate var lowercaseHex: String { withBytes { Hex.text($0) }.lowercased() }
}
