/// One field of a message.
struct FITField {
    var number: UInt8
    /// Where its bytes are in the file.
    var range: Range<Int>
}

/// One data message.
struct FITMessage {
    /// The global message number.
    var number: UInt16
    var fields: [FITField]
    var isBigEndian: Bool
    /// The time of a message with a compressed header, seconds since 1989-12-31.
    var compressedTime: UInt32?
    fileprivate var bytes: [UInt8]

    func field(_ number: UInt8) -> FITField? { fields.first { $0.number == number } }

    /// An unsigned field of exactly this many bytes, or `nil`.
    func unsigned(_ number: UInt8, bytes count: Int) -> UInt64? {
        guard let field = field(number), field.range.count == count else { return nil }
        let value = bytes[field.range]
        return isBigEndian
            ? value.reduce(0) { $0 << 8 | UInt64($1) } : value.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func uint16(at offset: Int) -> UInt16 {
        let (first, second) = (UInt16(bytes[offset]), UInt16(bytes[offset + 1]))
        return isBigEndian ? first << 8 | second : second << 8 | first
    }
}

/// The data messages of one FIT file, in order.
///
///     header      0: its size, 12 or 14   1: protocol   2: profile, u16   4: size of the data, u32
///                 8: ".FIT"   12: CRC of bytes 0-11, u16, may be 0 or missing
///     data        records, each with a header byte:
///                 0 0 d 0 LLLL   data message of local type L
///                 0 1 d 0 LLLL   definition of local type L; d: developer fields follow
///                 1 LL TTTTT     data message of local type L, time offset T
///     CRC         u16 over header and data
///
///     definition  0: reserved  1: architecture, 1 is big-endian  2: global number, u16  4: count of fields
///                 then number, size, base type of each; developer: count, then number, size, index of each
///
/// A compressed time replaces the five low bits of the last full time and rolls over every 32 s.
struct FITMessages {
    private struct Definition {
        var number: UInt16
        var isBigEndian: Bool
        /// Number and size of each field.
        var fields: [(number: UInt8, size: Int)]
        /// All fields, those of developers included.
        var byteCount: Int
    }

    private let bytes: [UInt8]
    private let path: String
    /// Behind the CRC: where a joined file may begin.
    let end: Int
    private let dataEnd: Int
    private var position: Int
    private var definitions = [Definition?](repeating: nil, count: 16)
    private var lastTime: UInt32?

    /// Checks header and checksums of the file that begins at `start`.
    init(_ bytes: [UInt8], from start: Int, path: String) throws(ActivityFileError) {
        guard bytes.count - start >= 12, bytes[start] >= 12,
            Array(bytes[start + 8..<start + 12]) == Array(".FIT".utf8), bytes[start + 1] >> 4 <= 2
        else {
            // The second of joined files has an offset to tell; the first is no FIT file at all.
            if start > 0 {
                throw .corrupt(path: path, offset: start, reason: "more bytes than the header states")
            }
            throw .unknownFormat(path: path)
        }
        let size = (0..<4).reduce(0) { $0 | Int(bytes[start + 4 + $1]) << (8 * $1) }
        position = start + Int(bytes[start])
        dataEnd = position + size
        end = dataEnd + 2
        self.bytes = bytes
        self.path = path
        guard end <= bytes.count else { throw .truncated(path: path) }
        let stated = UInt16(bytes[dataEnd]) | UInt16(bytes[dataEnd + 1]) << 8
        guard stated == FITChecksum.value(of: bytes[start..<dataEnd]) else {
            throw .corrupt(path: path, offset: dataEnd, reason: "the checksum does not match")
        }
    }

    /// The next data message; `nil` at the end.
    mutating func next() throws(ActivityFileError) -> FITMessage? {
        while position < dataEnd {
            let header = bytes[position]
            position += 1
            if header & 0x80 != 0 {
                return try message(local: Int(header >> 5 & 0x03), timeOffset: header & 0x1F)
            }
            guard header & 0x40 != 0 else { return try message(local: Int(header & 0x0F), timeOffset: nil) }
            try define(local: Int(header & 0x0F), hasDeveloperFields: header & 0x20 != 0)
        }
        return nil
    }

    private mutating func define(local: Int, hasDeveloperFields: Bool) throws(ActivityFileError) {
        let fixed = try take(5)
        let isBigEndian = bytes[fixed + 1] == 1
        let (first, second) = (UInt16(bytes[fixed + 2]), UInt16(bytes[fixed + 3]))
        var fields: [(number: UInt8, size: Int)] = []
        let count = Int(bytes[fixed + 4])
        let start = try take(3 * count)
        for index in 0..<count {
            fields.append((bytes[start + 3 * index], Int(bytes[start + 3 * index + 1])))
        }
        var byteCount = fields.reduce(0) { $0 + $1.size }
        if hasDeveloperFields {
            let count = Int(bytes[try take(1)])
            let start = try take(3 * count)
            for index in 0..<count { byteCount += Int(bytes[start + 3 * index + 1]) }
        }
        definitions[local] = Definition(
            number: isBigEndian ? first << 8 | second : second << 8 | first,
            isBigEndian: isBigEndian,
            fields: fields,
            byteCount: byteCount
        )
    }

    private mutating func message(
        local: Int,
        timeOffset: UInt8?
    ) throws(ActivityFileError) -> FITMessage {
        guard let definition = definitions[local] else {
            throw .corrupt(path: path, offset: position - 1, reason: "a message of undefined type \(local)")
        }
        var start = try take(definition.byteCount)
        var fields: [FITField] = []
        for field in definition.fields {
            fields.append(FITField(number: field.number, range: start..<start + field.size))
            start += field.size
        }
        var message = FITMessage(
            number: definition.number,
            fields: fields,
            isBigEndian: definition.isBigEndian,
            bytes: bytes
        )
        if let timeOffset, let last = lastTime {
            let low = UInt32(timeOffset)
            let time = last & ~0x1F | low
            message.compressedTime = low < last & 0x1F ? time &+ 0x20 : time
            lastTime = message.compressedTime
        } else if let time = message.unsigned(253, bytes: 4), time != 0xFFFF_FFFF {
            lastTime = UInt32(time)
        }
        return message
    }

    /// Steps over `count` bytes and returns where they start.
    private mutating func take(_ count: Int) throws(ActivityFileError) -> Int {
        guard dataEnd - position >= count else {
            throw .corrupt(path: path, offset: position, reason: "a message beyond the end of the data")
        }
        defer { position += count }
        return position
    }
}

/// The CRC-16 of FIT files.
///
/// - Source: FIT protocol, "CRC": reflected polynomial 0xA001, initial value 0.
enum FITChecksum {
    private static let table: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xA001 : value >> 1 }
    }

    static func value(of bytes: ArraySlice<UInt8>) -> UInt16 {
        bytes.reduce(0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }
}
