/// What USB/IP says on the wire; numbers are big-endian.
///
/// - Source: Documentation/usb/usbip_protocol.rst of Linux.
enum USBIP {
    static let version: UInt16 = 0x0111

    /// The operations before a device is attached.
    enum Operation: UInt16 {
        case listDevices = 0x8005
        case attach = 0x8003
    }

    /// A request block of an attached device; 48 bytes, and data behind a submission towards the device.
    ///
    ///     0 command  4 sequence  8 device  12 direction  16 endpoint  20 flags or victim  24 length
    ///     28 start frame  32 packets  36 interval  40 setup[8]
    struct Request: Equatable {
        static let size = 48

        var isUnlink: Bool
        var sequence: UInt32
        var isInput: Bool
        var endpoint: UInt32
        /// The request to be taken back, of an unlink.
        var victim: UInt32
        var length: Int
        var setup: [UInt8]

        /// Reads a block, or returns `nil` when it is none of the two commands.
        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count == Self.size else { return nil }
            func word(_ offset: Int) -> UInt32 {
                bytes[(bytes.startIndex + offset)...].prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
            }
            guard word(0) == 1 || word(0) == 2 else { return nil }
            isUnlink = word(0) == 2
            (sequence, isInput, endpoint) = (word(4), word(12) != 0, word(16))
            (victim, length) = (word(20), Int(Int32(bitPattern: word(24))))
            setup = Array(bytes.suffix(8))
            guard isUnlink || (0...65_536).contains(length) else { return nil }
        }

        /// The bytes of data that follow the block.
        var payloadLength: Int { isUnlink || isInput ? 0 : length }
    }

    /// How a request ended.
    enum Status: Int32 {
        case done = 0
        /// EPIPE
        case stalled = -32
        /// ECONNRESET
        case unlinked = -104
    }

    static func submitted(_ sequence: UInt32, _ status: Status, length: Int, data: [UInt8] = []) -> [UInt8] {
        words([3, sequence, 0, 0, 0, UInt32(bitPattern: status.rawValue), UInt32(length), 0, 0, 0, 0, 0])
            + data
    }

    static func unlinked(_ sequence: UInt32, _ status: Status) -> [UInt8] {
        words([4, sequence, 0, 0, 0, UInt32(bitPattern: status.rawValue), 0, 0, 0, 0, 0, 0])
    }

    static func words(_ words: [UInt32]) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
    }

    static func halves(_ halves: [UInt16]) -> [UInt8] {
        halves.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    static func text(_ text: String, count: Int) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(count - 1))
        return bytes + [UInt8](repeating: 0, count: count - bytes.count)
    }
}
