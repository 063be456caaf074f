/// Why bytes are not the JSON that the caller asked for, and where.
public struct JSONScanError: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// The bytes end within a value.
        case truncated
        /// No JSON.
        case syntax
        /// JSON, but another kind of value than asked for.
        case type
        /// A number that the asked-for type cannot hold exactly.
        case range
        /// Nested deeper than ``JSONScanner/depthMaximum``.
        case depth
    }

    public var reason: Reason
    /// Counted from 0.
    public var offset: Int

    public init(_ reason: Reason, at offset: Int) { (self.reason, self.offset) = (reason, offset) }
}

extension JSONScanError: CustomStringConvertible {
    public var description: String {
        let words =
            switch reason {
            case .truncated: "ends too early"
            case .syntax: "no JSON"
            case .type: "another type of value"
            case .range: "a number out of range"
            case .depth: "nested too deep"
            }
        return "\(words) at byte \(offset)"
    }
}

/// A pull scanner: the caller asks for what it expects next, and gets numbers, flags and ranges of bytes.
/// Nothing is allocated but the strings that are asked for by ``text(_:)``.
///
///     var scanner = JSONScanner(line)
///     try scanner.beginObject()
///     while let key = try scanner.nextKey() {
///         if scanner.matches(key, "t") { time = try scanner.integer() } else { try scanner.skip() }
///     }
///     try scanner.end()
///
/// Strict in syntax: no comments, no trailing commas, no bare words. Bytes within strings are not checked
/// to be UTF-8. No bytes trap.
///
/// - Note: The scanner borrows the buffer; it must not outlive it.
/// - Source: RFC 8259.
public struct JSONScanner {
    /// How deep values nest that are skipped.
    public static let depthMaximum = 32

    /// The bytes of a string between its quotes.
    public struct Text: Hashable, Sendable {
        public let range: Range<Int>
        /// Whether there are escapes to resolve.
        public let isEscaped: Bool
    }

    private let bytes: UnsafeRawBufferPointer
    /// Where the next value starts.
    public private(set) var position = 0
    /// Whether a comma must stand before the next member or element.
    private var needsComma = false

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    // MARK: Structure

    public mutating func beginObject() throws(JSONScanError) { try begin(UInt8(ascii: "{")) }
    public mutating func beginArray() throws(JSONScanError) { try begin(UInt8(ascii: "[")) }

    /// The key of the next member, with its colon; `nil` at the end of the object.
    public mutating func nextKey() throws(JSONScanError) -> Text? {
        guard try nextItem(before: UInt8(ascii: "}")) else { return nil }
        let key = try string()
        guard try peek() == UInt8(ascii: ":") else { throw JSONScanError(.syntax, at: position) }
        position += 1
        return key
    }

    /// Whether the array has another element, which then comes next.
    public mutating func nextElement() throws(JSONScanError) -> Bool {
        try nextItem(before: UInt8(ascii: "]"))
    }

    /// Makes sure that nothing but white space follows.
    public mutating func end() throws(JSONScanError) {
        skipWhitespace()
        guard position == bytes.count else { throw JSONScanError(.syntax, at: position) }
    }

    // MARK: Values

    public mutating func string() throws(JSONScanError) -> Text {
        guard try peek() == UInt8(ascii: "\"") else { throw JSONScanError(.type, at: position) }
        let start = position + 1
        var index = start
        var isEscaped = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                position = index + 1
                needsComma = true
                return Text(range: start..<index, isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                index += 2
            case 0..<0x20: throw JSONScanError(.syntax, at: index)
            default: index += 1
            }
        }
        throw JSONScanError(.truncated, at: bytes.count)
    }

    /// A whole number, exactly.
    public mutating func integer() throws(JSONScanError) -> Int64 { try fixed(decimals: 0) }

    /// A decimal number times 10^`decimals`, exactly: 1.5 with three decimals is 1500.
    ///
    /// - Parameter decimals: How many decimals the result keeps, 0...18.
    /// - Returns: The scaled number.
    /// - Throws: `range` for further decimals, for an exponent, and beyond 64 bits.
    public mutating func fixed(decimals: Int) throws(JSONScanError) -> Int64 {
        let start = position
        let number = try numberRange()
        var value: Int64 = 0
        var index = number.lowerBound
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var scale = -1  // Decimals seen; below 0 before the point.
        while index < number.upperBound || scale < decimals {
            var digit: UInt8 = 0
            if index < number.upperBound {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: ".") {
                    scale = 0
                    continue
                }
                digit = byte &- UInt8(ascii: "0")
                if scale >= 0 { scale += 1 }
                // An exponent is no digit.
                guard digit < 10, scale <= decimals else { throw JSONScanError(.range, at: start) }
            } else {
                if scale < 0 { scale = 0 }
                if scale == decimals { break }
                scale += 1
            }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) = product.subtractingReportingOverflow(Int64(digit))
            guard !isTooLarge, !isBeyond else { throw JSONScanError(.range, at: start) }
            value = sum  // Negative, because there is one more number on that side.
        }
        guard isNegative || value != .min else { throw JSONScanError(.range, at: start) }
        return isNegative ? value : -value
    }

    /// Any number, as the nearest finite `Double`.
    public mutating func number() throws(JSONScanError) -> Double {
        let start = position
        let range = try numberRange()
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw JSONScanError(.range, at: start) }
        return value
    }

    public mutating func flag() throws(JSONScanError) -> Bool {
        if try take("true") { return true }
        if try take("false") { return false }
        throw JSONScanError(.type, at: position)
    }

    /// Steps over `null` if that is next, and tells whether it was.
    public mutating func null() throws(JSONScanError) -> Bool { try take("null") }

    /// Steps over any value and returns where its bytes are.
    @discardableResult
    public mutating func skip() throws(JSONScanError) -> Range<Int> {
        _ = try peek()
        let start = position
        try skip(depth: 0)
        return start..<position
    }

    // MARK: Strings

    /// The bytes of a value or string, borrowed.
    public func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// Whether a string without escapes is this one.
    public func matches(_ text: Text, _ expected: StaticString) -> Bool {
        guard text.range.count == expected.utf8CodeUnitCount else { return false }
        for index in 0..<text.range.count
        where bytes[text.range.lowerBound + index] != expected.utf8Start[index] { return false }
        return true
    }

    /// A copy of a string, its escapes resolved. Half of a surrogate pair becomes U+FFFD.
    public func text(_ text: Text) throws(JSONScanError) -> String {
        let source = slice(text.range)
        guard text.isEscaped else { return String(decoding: source, as: UTF8.self) }
        var units: [UInt8] = []
        var index = 0
        while index < source.count {
            guard source[index] == UInt8(ascii: "\\") else {
                units.append(source[index])
                index += 1
                continue
            }
            // A string never ends in a backslash, so there is a byte behind it.
            let escape = source[index + 1]
            guard escape == UInt8(ascii: "u") else {
                guard let byte = Self.escapes(escape) else {
                    throw JSONScanError(.syntax, at: text.range.lowerBound + index)
                }
                units.append(byte)
                index += 2
                continue
            }
            guard let unit = hexadecimal(source, at: index + 2) else {
                throw JSONScanError(.syntax, at: text.range.lowerBound + index)
            }
            index += 6
            var value = unit
            if unit & 0xFC00 == 0xD800,
                source[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]),
                let low = hexadecimal(source, at: index + 2), low & 0xFC00 == 0xDC00
            {
                value = 0x1_0000 + (unit & 0x3FF) << 10 + low & 0x3FF
                index += 6
            }
            units.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
        }
        return String(decoding: units, as: UTF8.self)
    }
}

extension JSONScanner {
    // MARK: Pieces

    private static func escapes(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private func hexadecimal(_ source: UnsafeRawBufferPointer, at index: Int) -> UInt32? {
        guard index + 4 <= source.count else { return nil }
        var value: UInt32 = 0
        for byte in source[index..<index + 4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte & 0x0F)
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
                value = value << 4 | UInt32(byte & 0x0F + 9)
            default: return nil
            }
        }
        return value
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// The byte that the next token starts with.
    private mutating func peek() throws(JSONScanError) -> UInt8 {
        skipWhitespace()
        guard position < bytes.count else { throw JSONScanError(.truncated, at: position) }
        return bytes[position]
    }

    private mutating func begin(_ bracket: UInt8) throws(JSONScanError) {
        guard try peek() == bracket else { throw JSONScanError(.type, at: position) }
        position += 1
        needsComma = false
    }

    private mutating func nextItem(before bracket: UInt8) throws(JSONScanError) -> Bool {
        let byte = try peek()
        if byte == bracket {
            position += 1
            needsComma = true
            return false
        }
        guard needsComma else { return true }
        guard byte == UInt8(ascii: ",") else { throw JSONScanError(.syntax, at: position) }
        position += 1
        needsComma = false
        guard try peek() != bracket else { throw JSONScanError(.syntax, at: position) }
        return true
    }

    private mutating func take(_ word: StaticString) throws(JSONScanError) -> Bool {
        guard try peek() == word.utf8Start[0] else { return false }
        let range = position..<position + word.utf8CodeUnitCount
        guard range.upperBound <= bytes.count else { throw JSONScanError(.truncated, at: bytes.count) }
        guard matches(Text(range: range, isEscaped: false), word) else {
            throw JSONScanError(.syntax, at: position)
        }
        position = range.upperBound
        needsComma = true
        return true
    }

    /// Checks the grammar of a number and steps over it.
    private mutating func numberRange() throws(JSONScanError) -> Range<Int> {
        let first = try peek()
        guard first == UInt8(ascii: "-") || isDigit(position) else {
            throw JSONScanError(.type, at: position)
        }
        let start = position
        var index = position + (first == UInt8(ascii: "-") ? 1 : 0)
        let hasLeadingZero = index < bytes.count && bytes[index] == UInt8(ascii: "0")
        let whole = try digits(from: index)
        if hasLeadingZero, whole - index > 1 { throw JSONScanError(.syntax, at: index) }
        index = whole
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") { index = try digits(from: index + 1) }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[index]) {
                index += 1
            }
            index = try digits(from: index)
        }
        position = index
        needsComma = true
        return start..<index
    }

    private func isDigit(_ index: Int) -> Bool {
        index < bytes.count && bytes[index] &- UInt8(ascii: "0") < 10
    }

    private func digits(from start: Int) throws(JSONScanError) -> Int {
        var index = start
        while isDigit(index) { index += 1 }
        guard index > start else {
            throw JSONScanError(index < bytes.count ? .syntax : .truncated, at: index)
        }
        return index
    }

    private mutating func skip(depth: Int) throws(JSONScanError) {
        guard depth <= Self.depthMaximum else { throw JSONScanError(.depth, at: position) }
        switch try peek() {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextKey() != nil { try skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skip(depth: depth + 1) }
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try flag()
        case UInt8(ascii: "n"): _ = try null()
        default: _ = try numberRange()
        }
    }
}
