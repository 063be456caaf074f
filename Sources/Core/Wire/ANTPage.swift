/// The eight payload bytes of one ANT broadcast. Byte 0 is the page number on most profiles.
///
/// The length is a property of the type: a page that exists is complete, so decoders index bytes
/// without checking lengths again.
public struct ANTPage: Hashable, Sendable {
    public static let byteCount = 8

    /// The eight bytes in wire order, packed so that a page needs no heap storage.
    private let packed: UInt64

    /// Creates a page from received bytes, or returns `nil` unless there are exactly eight.
    public init?(_ payload: Payload) {
        guard payload.count == Self.byteCount else { return nil }
        var reader = ByteReader(payload)
        packed = reader.uint64()!  // Eight bytes are there.
    }

    /// The byte at `index`, counted from 0 as in the ANT+ documents.
    public subscript(index: Int) -> UInt8 {
        precondition(index >= 0)
        precondition(index < Self.byteCount)
        return UInt8(truncatingIfNeeded: packed >> (8 * index))
    }

    /// The 16 bits that start at byte `index`, least significant byte first.
    public func uint16(at index: Int) -> UInt16 { UInt16(self[index]) | UInt16(self[index + 1]) << 8 }
    public func int16(at index: Int) -> Int16 { Int16(bitPattern: uint16(at: index)) }
    public func uint24(at index: Int) -> UInt32 { UInt32(uint16(at: index)) | UInt32(self[index + 2]) << 16 }
    public func uint32(at index: Int) -> UInt32 {
        UInt32(uint16(at: index)) | UInt32(uint16(at: index + 2)) << 16
    }
}
