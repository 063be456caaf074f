import BLEHost
internal import Bus
internal import Wire

/// bluetoothd's interfaces and properties as the central wants to have them.
///
/// - Source: org.bluez.Adapter(5), org.bluez.Device(5), org.bluez.GattCharacteristic(5).
extension Facts {
    /// Reads some or all properties of one interface; `nil` for interfaces that are of no interest.
    init?(interface: String, _ properties: BusValue) {
        switch interface {
        case "org.bluez.Adapter1": self = .adapter(AdapterFacts(properties))
        case "org.bluez.Device1": self = .device(DeviceFacts(properties))
        case "org.bluez.GattCharacteristic1": self = .characteristic(CharacteristicFacts(properties))
        default: return nil
        }
    }
}

extension AdapterFacts {
    fileprivate init(_ properties: BusValue) {
        self.init()
        address = properties["Address"]?.asText
        modalias = properties["Modalias"]?.asText
        isPowered = properties["Powered"]?.asBool
        isDiscovering = properties["Discovering"]?.asBool
        isBlocked = properties["PowerState"]?.asText.map { $0 == "off-blocked" }
    }
}

extension DeviceFacts {
    fileprivate init(_ properties: BusValue) {
        self.init()
        adapter = properties["Adapter"]?.asText
        address = properties["Address"]?.asText.flatMap { text in
            let octets = Hex.bytes(text.utf8.filter { $0 != UInt8(ascii: ":") })
            return octets.flatMap { $0.count == 6 ? $0.reduce(0) { $0 << 8 | UInt64($1) } : nil }
        }
        name = properties["Name"]?.asText
        rssi = properties["RSSI"]?.asInteger.flatMap { Int8(exactly: $0) }
        services = properties["UUIDs"]?.asTexts?.compactMap { AttributeUUID($0) }
        isConnected = properties["Connected"]?.asBool
        isResolved = properties["ServicesResolved"]?.asBool
        // Of several companies the first: straps have one.
        if let entry = properties["ManufacturerData"]?.asEntries?.first, let company = entry.key.asInteger,
            let data = entry.value.asBytes, data.count <= 0xFC
        {
            let head = [UInt8(data.count + 3), 0xFF, UInt8(company & 0xFF), UInt8(company >> 8 & 0xFF)]
            manufacturerData = Payload(head + data)
        }
    }
}

extension CharacteristicFacts {
    fileprivate init(_ properties: BusValue) {
        self.init()
        uuid = properties["UUID"]?.asText.flatMap { AttributeUUID($0) }
        guard let flags = properties["Flags"]?.asTexts else { return }
        canNotify = flags.contains("notify") || flags.contains("indicate")
        canRead = flags.contains("read")
    }
}
