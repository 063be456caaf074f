/// Writes the compact form in which messages rest in the store: variable-length integers, seven bits a
/// byte, least significant first, the top bit set on all but the last (LEB128).
struct PackedWriter {
    private(set) var bytes: [UInt8] = []

    mutating func reset() { bytes.removeAll(keepingCapacity: true) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Small magnitudes of either sign become small numbers: 0, −1, 1, −2 are 0, 1, 2, 3.
    mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    mutating func text(_ value: String) {
        unsigned(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }
}

/// Why a stored body cannot be read. It passed its checksum, so either another version wrote it or the
/// store was changed by hand.
public enum BodyFailure: Error, Hashable, Sendable {
    case unknownVersion(UInt8)
    case malformed(at: Int)
}

/// Reads what ``PackedWriter`` wrote; any other bytes are a failure, never a trap.
struct PackedReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    var failure: BodyFailure { .malformed(at: position) }

    mutating func byte() throws(BodyFailure) -> UInt8 {
        guard position < bytes.count else { throw failure }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func unsigned() throws(BodyFailure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            let byte = try byte()
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { throw failure }
            value |= bits << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw failure
    }

    /// An unsigned number that must not exceed `limit`: counts and lengths.
    mutating func count(atMost limit: Int) throws(BodyFailure) -> Int {
        let value = try unsigned()
        guard value <= UInt64(limit) else { throw failure }
        return Int(value)
    }

    mutating func signed() throws(BodyFailure) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func text() throws(BodyFailure) -> String {
        let count = try count(atMost: .max)
        guard count <= bytes.count - position else { throw failure }
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    /// All that is left.
    mutating func rest() -> ArraySlice<UInt8> {
        defer { position = bytes.count }
        return bytes[position...]
    }
}
