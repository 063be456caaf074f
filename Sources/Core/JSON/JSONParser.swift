/// A recursive-descent parser for RFC 8259.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parse() throws(JSONFailure) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw .unexpected(at: position) }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONFailure) -> JSONValue {
        skipSpace()
        guard depth <= JSONValue.depthLimit else { throw .depth(at: position) }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONFailure) -> JSONValue {
        var members: [JSONMember] = []
        position += 1
        if try takes(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw .unexpected(at: position) }
            let key = try string()
            guard try takes(UInt8(ascii: ":")) else { throw .unexpected(at: position) }
            members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
            if try takes(UInt8(ascii: "}")) { return .object(members) }
            guard try takes(UInt8(ascii: ",")) else { throw .unexpected(at: position) }
        }
    }

    private mutating func list(depth: Int) throws(JSONFailure) -> JSONValue {
        var elements: [JSONValue] = []
        position += 1
        if try takes(UInt8(ascii: "]")) { return .list(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            if try takes(UInt8(ascii: "]")) { return .list(elements) }
            guard try takes(UInt8(ascii: ",")) else { throw .unexpected(at: position) }
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONFailure) -> JSONValue {
        for index in 0..<text.utf8CodeUnitCount {
            guard try peek() == text.utf8Start[index] else { throw .unexpected(at: position) }
            position += 1
        }
        return value
    }

    private mutating func number() throws(JSONFailure) -> JSONValue {
        let start = position
        if try peek() == UInt8(ascii: "-") { position += 1 }
        let first = try peek()
        let integerDigits = takeDigits()
        guard integerDigits > 0, integerDigits == 1 || first != UInt8(ascii: "0") else {
            throw .unexpected(at: position)
        }
        var isInteger = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard takeDigits() > 0 else { throw .unexpected(at: position) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            guard takeDigits() > 0 else { throw .unexpected(at: position) }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let real = Double(text), real.isFinite else { throw .unexpected(at: start) }
        return .real(real)
    }

    // MARK: Strings

    private mutating func string() throws(JSONFailure) -> String {
        position += 1
        var text: [UInt8] = []
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20: throw .unexpected(at: position)
            default:
                text.append(byte)
                position += 1
            }
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONFailure) {
        let byte = try peek()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try unicodeEscape()).utf8))
        default: throw .unexpected(at: position - 1)
        }
    }

    /// The scalar of `\uXXXX`, or of a surrogate pair of them; U+FFFD for half a pair.
    private mutating func unicodeEscape() throws(JSONFailure) -> Unicode.Scalar {
        let high = try hexDigits()
        guard (0xD800..<0xDC00).contains(high), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { return Unicode.Scalar(high) ?? "\u{FFFD}" }

        let resume = position
        position += 2
        let low = try hexDigits()
        guard (0xDC00..<0xE000).contains(low) else {
            position = resume
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexDigits() throws(JSONFailure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch try peek() {
            case let byte where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
                digit = byte - UInt8(ascii: "0")
            case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
                digit = (byte | 0x20) - UInt8(ascii: "a") + 10
            default: throw .unexpected(at: position)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: Pieces

    private func peek() throws(JSONFailure) -> UInt8 {
        guard position < bytes.count else { throw .end }
        return bytes[position]
    }

    /// Steps over white space and then over `byte`, if that comes next.
    private mutating func takes(_ byte: UInt8) throws(JSONFailure) -> Bool {
        skipSpace()
        guard try peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func takeDigits() -> Int {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position - start
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }
}
