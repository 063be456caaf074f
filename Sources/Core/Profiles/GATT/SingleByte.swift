import Wire

/// A characteristic value of one byte. More bytes are reported, not refused.
struct SingleByte: Hashable, Sendable {
    let value: UInt8
    /// How many bytes follow it.
    let trailing: Int

    init(_ payload: Payload) throws(DecodeFailure) {
        guard payload.count >= 1 else { throw .length(expected: 1, got: 0) }
        value = payload[0]
        trailing = payload.count - 1
    }

    /// The name that the value numbers, or `reserved`.
    func name(of names: [String]) -> String { Int(value) < names.count ? names[Int(value)] : "reserved" }
}
