/// Who sent a frame. One machine word, so that it travels in fixed-size values.
///
/// Text form: `ant:<device number, 20 bit>:<device type>` and `ble:<address>`, for example `ant:54321:120`
/// and `ble:C0:FF:EE:00:00:01`.
public struct SensorID: Hashable, Comparable, Sendable {
    /// Bits 56-63 say which radio, the rest is the id there. 0 is no sensor.
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    private static let ant: UInt64 = 1 << 56
    private static let ble: UInt64 = 2 << 56

    /// A sensor heard over ANT: its device number, 20 bits, and its device type without the pairing bit.
    public static func ant(number: UInt32, type: UInt8) -> SensorID {
        SensorID(rawValue: ant | UInt64(number & 0xF_FFFF) << 8 | UInt64(type & 0x7F))
    }

    /// A sensor heard over BLE: its address, 48 bits, the first octet of the text form on top.
    public static func ble(address: UInt64) -> SensorID {
        SensorID(rawValue: ble | address & 0xFFFF_FFFF_FFFF)
    }

    /// What the raw value says.
    public enum Kind: Hashable, Sendable {
        case ant(number: UInt32, type: UInt8)
        case ble(address: UInt64)
        case unknown
    }

    public var kind: Kind {
        switch rawValue >> 56 {
        case 1: .ant(number: UInt32(rawValue >> 8 & 0xF_FFFF), type: UInt8(rawValue & 0x7F))
        case 2: .ble(address: rawValue & 0xFFFF_FFFF_FFFF)
        default: .unknown
        }
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension SensorID: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .ant(let number, let type): return "ant:\(number):\(type)"
        case .ble(let address):
            let octets = (0..<6).reversed().map { UInt8(truncatingIfNeeded: address >> (8 * $0)) }
            return "ble:" + octets.map { Hex.text([$0]) }.joined(separator: ":")
        case .unknown: return "unknown:\(rawValue)"
        }
    }

    /// Reads the text form, or returns `nil`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        switch parts.first {
        case "ant" where parts.count == 3:
            guard let number = UInt32(parts[1]), number <= 0xF_FFFF, let type = UInt8(parts[2]), type < 128
            else { return nil }
            self = .ant(number: number, type: type)
        case "ble" where parts.count == 7:
            guard let octets = Hex.bytes(parts[1...].joined().utf8), octets.count == 6 else { return nil }
            self = .ble(address: octets.reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }
}
