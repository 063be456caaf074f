/// Reads little-endian fields of a payload in order. Past the end every read answers `nil`; nothing traps.
public struct ByteReader: ~Copyable {
    private let payload: Payload
    /// Where the next read starts, 0...count.
    public private(set) var position = 0

    public init(_ payload: Payload) { self.payload = payload }

    /// How many bytes are left.
    public var remaining: Int { payload.count - position }

    public mutating func uint8() -> UInt8? {
        guard remaining >= 1 else { return nil }
        defer { position += 1 }
        return payload[position]
    }

    public mutating func int8() -> Int8? { uint8().map { Int8(bitPattern: $0) } }

    public mutating func uint16() -> UInt16? { unsigned(bytes: 2).map { UInt16($0) } }
    public mutating func int16() -> Int16? { uint16().map { Int16(bitPattern: $0) } }
    public mutating func uint24() -> UInt32? { unsigned(bytes: 3).map { UInt32($0) } }
    public mutating func int24() -> Int32? { uint24().map { Int32(bitPattern: $0 << 8) >> 8 } }
    public mutating func uint32() -> UInt32? { unsigned(bytes: 4).map { UInt32($0) } }
    public mutating func int32() -> Int32? { uint32().map { Int32(bitPattern: $0) } }
    public mutating func uint40() -> UInt64? { unsigned(bytes: 5) }
    public mutating func uint48() -> UInt64? { unsigned(bytes: 6) }
    public mutating func uint64() -> UInt64? { unsigned(bytes: 8) }

    /// Steps over `count` bytes, or stays and answers `false` when there are fewer.
    @discardableResult
    public mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, remaining >= count else { return false }
        position += count
        return true
    }

    private mutating func unsigned(bytes count: Int) -> UInt64? {
        guard remaining >= count else { return nil }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(payload[position + index]) << (8 * index) }
        position += count
        return value
    }
}
