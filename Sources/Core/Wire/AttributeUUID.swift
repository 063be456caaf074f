/// The UUID of a GATT characteristic: 4 hex digits for those that the Bluetooth SIG assigned, else 128 bits.
public struct AttributeUUID: Hashable, Sendable {
    private let uuid: UUID

    /// The low 96 bits of every SIG-assigned UUID: 0000xxxx-0000-1000-8000-00805F9B34FB.
    private static let base = UUID(high: 0x0000_0000_0000_1000, low: 0x8000_0080_5F9B_34FB)

    public init(_ short: UInt16) {
        uuid = UUID(high: Self.base.high | UInt64(short) << 32, low: Self.base.low)
    }

    public init(_ uuid: UUID) { self.uuid = uuid }

    /// Reads 4 hex digits or a 128-bit UUID, or returns `nil`.
    public init?(_ text: some StringProtocol) {
        if text.utf8.count == 4, let bytes = Hex.bytes(text.utf8) {
            self.init(UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
        } else if let uuid = UUID(text) {
            self.init(uuid)
        } else {
            return nil
        }
    }

    /// The assigned number, when the SIG assigned one.
    public var short: UInt16? {
        let rest = uuid.high & 0xFFFF_0000_FFFF_FFFF
        return rest == Self.base.high && uuid.low == Self.base.low
            ? UInt16(truncatingIfNeeded: uuid.high >> 32) : nil
    }
}

extension AttributeUUID: CustomStringConvertible {
    public var description: String { short.map { Hex.text(UInt64($0), digits: 4) } ?? uuid.description }
}
