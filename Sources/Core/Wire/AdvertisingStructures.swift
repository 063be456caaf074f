/// The AD structures of an advertisement, one after the other.
///
///     length   type   data
///     u8       u8     length − 1 bytes
///
/// - length: of type and data together. A length of 0 ends the advertisement early; what follows is padding.
/// - type: 01 flags, 09 name, 16 service data, FF manufacturer data (company id, u16, then what it likes)
///
/// - Source: Bluetooth Core Specification, Vol 3, Part C, section 11; types from the Supplement, Part A.
public struct AdvertisingStructures: Sequence, IteratorProtocol, Sendable {
    private let payload: Payload
    private var position = 0

    /// The length that the advertisement would need, once a structure turned out to reach past its end. No
    /// structure follows it.
    public private(set) var missingLength: Int?

    public init(_ payload: Payload) { self.payload = payload }

    public mutating func next() -> AdvertisingStructure? {
        guard missingLength == nil, position < payload.count, payload[position] > 0 else { return nil }
        let end = position + 1 + Int(payload[position])
        guard end <= payload.count else {
            missingLength = end
            return nil
        }
        defer { position = end }
        return AdvertisingStructure(type: payload[position + 1], data: position + 2..<end)
    }
}

/// One AD structure.
public struct AdvertisingStructure: Hashable, Sendable {
    public let type: UInt8
    /// Where its data lies in the advertisement.
    public let data: Range<Int>

    public static let manufacturerData: UInt8 = 0xFF

    public init(type: UInt8, data: Range<Int>) { (self.type, self.data) = (type, data) }
}
