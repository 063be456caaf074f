/// GATT values whose flags announce which fields follow, each of a fixed size, in the order of the bits.
enum OptionalFields {
    /// The length of a value with these flags.
    ///
    /// - Parameters:
    ///   - base: Bytes that are always there, the flags among them.
    ///   - flags: The flags.
    ///   - sizes: Bytes of the field that each bit announces, from bit 0 on; 0 where a bit announces none.
    /// - Returns: The number of bytes that must be there.
    static func length(base: Int, flags: UInt16, sizes: [Int]) -> Int {
        var length = base
        for bit in sizes.indices where flags.has(bit) { length += sizes[bit] }
        return length
    }
}

extension UnsignedInteger {
    /// Whether bit `index` is set, bit 0 being the lowest.
    func has(_ index: Int) -> Bool { self >> index & 1 != 0 }
}
