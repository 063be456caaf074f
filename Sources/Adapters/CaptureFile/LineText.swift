internal import Wire

/// Reads what capture lines spell, straight from their bytes and without allocating.
enum LineText {
    /// A sensor of a radio, or `nil`.
    static func sensor(_ bytes: UnsafeRawBufferPointer) -> SensorID? {
        guard bytes.count >= 7, bytes[3] == UInt8(ascii: ":") else { return nil }
        switch (bytes[0], bytes[1], bytes[2]) {
        case (UInt8(ascii: "a"), UInt8(ascii: "n"), UInt8(ascii: "t")):
            guard let colon = bytes[4...].firstIndex(of: UInt8(ascii: ":")),
                let number = decimal(bytes[4..<colon]), number <= 0xF_FFFF,
                let type = decimal(bytes[(colon + 1)...]), type < 128
            else { return nil }
            return .ant(number: number, type: UInt8(type))
        case (UInt8(ascii: "b"), UInt8(ascii: "l"), UInt8(ascii: "e")):
            guard bytes.count == 21 else { return nil }
            var address: UInt64 = 0
            for octet in 0..<6 {
                let start = 4 + 3 * octet
                guard octet == 0 || bytes[start - 1] == UInt8(ascii: ":"),
                    let high = Hex.value(of: bytes[start]), let low = Hex.value(of: bytes[start + 1])
                else { return nil }
                address = address << 8 | UInt64(high << 4 | low)
            }
            return .ble(address: address)
        default: return nil
        }
    }

    /// One to seven digits, or `nil`.
    private static func decimal(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt32? {
        guard (1...7).contains(digits.count) else { return nil }
        var value: UInt32 = 0
        for byte in digits {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            value = value * 10 + UInt32(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// The bytes that hexadecimal digits spell; `nil` for a wrong digit, an odd count or too many.
    static func payload(_ digits: UnsafeRawBufferPointer) -> Payload? {
        guard digits.count.isMultiple(of: 2), digits.count <= 2 * Payload.capacity else { return nil }
        if digits.count == 16 {
            // A page, which nearly every line is.
            var word: UInt64 = 0
            for index in 0..<8 {
                guard let byte = byte(digits, at: 2 * index) else { return nil }
                word |= UInt64(byte) << (8 * index)
            }
            return Payload(packed: word)
        }
        var payload = Payload()
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = byte(digits, at: index) else { return nil }
            payload.append(byte)
        }
        return payload
    }

    /// The value of each ASCII digit; 255 where there is none.
    private static let values: [UInt8] = (0...255).map { Hex.value(of: $0) ?? 255 }

    private static func byte(_ digits: UnsafeRawBufferPointer, at index: Int) -> UInt8? {
        let (high, low) = (values[Int(digits[index])], values[Int(digits[index + 1])])
        return high | low < 16 ? high << 4 | low : nil
    }

    /// 4 hexadecimal digits or a 128-bit UUID, or `nil`.
    static func attribute(_ bytes: UnsafeRawBufferPointer) -> AttributeUUID? {
        guard bytes.count == 4 else { return AttributeUUID(String(decoding: bytes, as: UTF8.self)) }
        guard let high = byte(bytes, at: 0), let low = byte(bytes, at: 2) else { return nil }
        return AttributeUUID(UInt16(high) << 8 | UInt16(low))
    }
}
