public import Wire

/// A string of the Device Information service: UTF-8 without a terminator. Some firmware appends NUL bytes,
/// which are cut off, or sends what is no UTF-8, which shows as U+FFFD; nothing is refused.
///
/// - Source: Bluetooth Device Information Service 1.1.
public struct DeviceInformation<Characteristic: InformationCharacteristic>: SensorProfile {
    public static var name: String {
        "ble.dis.\(AttributeUUID(Characteristic.number))"
    }
    public static var address: ProfileAddress {
        .characteristic(AttributeUUID(Characteristic.number), rate: 0)
    }

    private var known = News<Payload>()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        readings.tell(.text(Characteristic.string, page.text), about: page.text, unless: &known)
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        /// The string without NUL bytes at its end.
        public let text: Payload

        public init(_ payload: Payload) throws(DecodeFailure) {
            text = payload.withBytes { bytes in
                let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
                return Payload(UnsafeRawBufferPointer(rebasing: bytes[..<end])) ?? payload
            }
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("text", text.withBytes { String(decoding: $0, as: UTF8.self) })
        }
    }
}

/// Which string of the Device Information service, at the type level.
public protocol InformationCharacteristic: Hashable, Sendable {
    /// The assigned number of the characteristic.
    static var number: UInt16 { get }
    static var string: InformationString { get }
}

public enum ModelNumber: InformationCharacteristic {
    public static let number: UInt16 = 0x2A24
    public static let string = InformationString.model
}

public enum SerialNumber: InformationCharacteristic {
    public static let number: UInt16 = 0x2A25
    public static let string = InformationString.serial
}

public enum FirmwareRevision: InformationCharacteristic {
    public static let number: UInt16 = 0x2A26
    public static let string = InformationString.firmware
}

public enum HardwareRevision: InformationCharacteristic {
    public static let number: UInt16 = 0x2A27
    public static let string = InformationString.hardware
}

public enum SoftwareRevision: InformationCharacteristic {
    public static let number: UInt16 = 0x2A28
    public static let string = InformationString.software
}

public enum ManufacturerName: InformationCharacteristic {
    public static let number: UInt16 = 0x2A29
    public static let string = InformationString.manufacturer
}
