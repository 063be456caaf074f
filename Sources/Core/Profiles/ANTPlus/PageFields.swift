import Wire

extension FixedWidthInteger {
    /// The value, or `nil` when it is `marker`, which stands for "not known".
    func unless(_ marker: Self) -> Self? { self == marker ? nil : self }
}

extension UInt16 {
    /// The low 12 bits as a signed number, −2048...2047.
    var signed12: Int16 { Int16(bitPattern: self << 4) >> 4 }
}

extension [String] {
    /// The name of `value`, when these are the names of the values from `first` on; others are reserved.
    func name(of value: UInt8, from first: UInt8 = 0) -> String {
        let index = Int(value) - Int(first)
        return indices.contains(index) ? self[index] : "reserved"
    }
}

extension DecodedPage {
    /// The eight bytes of `payload`.
    static func bytes(of payload: Payload) throws(DecodeFailure) -> ANTPage {
        guard let bytes = ANTPage(payload) else {
            throw .length(expected: ANTPage.byteCount, got: payload.count)
        }
        return bytes
    }
}
