import Wire

/// The decimal numbers of medical devices: a mantissa and an exponent of ten, both two's complement.
///
///     SFLOAT, 16 bits:   exponent 4 bits,  mantissa 12 bits
///     FLOAT, 32 bits:    exponent 8 bits,  mantissa 24 bits
///
/// Five mantissas are no numbers: 7FF NaN, 7FE +infinity, 800 not at this resolution, 801 reserved, 802
/// -infinity; in a FLOAT 7FFFFF, 7FFFFE, 800000, 800001, 800002.
///
/// - Source: IEEE 11073-20601, as in the Bluetooth GATT Specification Supplement, section 2.
enum MedicalFloat {
    /// The value of an SFLOAT, or `nil` when it is no number.
    static func short(_ bits: UInt16) -> Double? {
        let mantissa = Int(Int16(bitPattern: bits << 4) >> 4)
        return value(mantissa, exponent: Int(Int16(bitPattern: bits) >> 12), maximum: 0x7FF)
    }

    /// The value of a FLOAT, or `nil` when it is no number.
    static func long(_ bits: UInt32) -> Double? {
        let mantissa = Int(Int32(bitPattern: bits << 8) >> 8)
        return value(mantissa, exponent: Int(Int32(bitPattern: bits) >> 24), maximum: 0x7F_FFFF)
    }

    /// - Parameters:
    ///   - mantissa: −maximum − 1 ... maximum.
    ///   - exponent: −128...127.
    ///   - maximum: The largest mantissa.
    /// - Returns: mantissa · 10^exponent, which is finite.
    private static func value(_ mantissa: Int, exponent: Int, maximum: Int) -> Double? {
        guard (3 - maximum - 1...maximum - 2).contains(mantissa) else { return nil }
        var power = 1.0
        for _ in 0..<exponent.magnitude { power *= 10 }
        return exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
    }
}

extension ByteReader {
    /// Reads an SFLOAT; the outer `nil` says that bytes are missing, the inner one that it is no number.
    mutating func shortFloat() -> Double?? { uint16().map { MedicalFloat.short($0) } }
    /// Reads a FLOAT; the outer `nil` says that bytes are missing, the inner one that it is no number.
    mutating func longFloat() -> Double?? { uint32().map { MedicalFloat.long($0) } }
}
