/// Writes JSON into a byte buffer: no spaces, keys in the order of the calls, nothing allocated but the
/// buffer's growth.
///
/// Numbers follow the contract: fixed decimals at most, halves away from zero, no trailing zeros, no
/// exponent.
public struct JSONWriter {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []
    /// Whether the next element of the open container needs a comma before it.
    private var needsComma = false

    public init() {}

    /// Empties the buffer and keeps its storage.
    public mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    // MARK: Containers

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Starts a member; its value is whatever is written next.
    public mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A member whose value is an object or array that `body` fills.
    public mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        key(name)
        beginObject()
        body(&self)
        endObject()
    }

    public mutating func array(_ name: String, _ body: (inout JSONWriter) -> Void) {
        key(name)
        beginArray()
        body(&self)
        endArray()
    }

    // MARK: Members

    public mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }
    public mutating func member(_ name: String, _ value: Bool) {
        key(name)
        flag(value)
    }
    public mutating func member(_ name: String, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }
    public mutating func member(_ name: String, _ value: Double, decimals: Int) {
        key(name)
        number(value, decimals: decimals)
    }

    // MARK: Values

    public mutating func string(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20:
                append("\\u00")
                bytes.append(byte >> 4 + UInt8(ascii: "0"))
                let low = byte & 0x0F
                bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func flag(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    public mutating func null() {
        separate()
        append("null")
    }

    public mutating func integer(_ value: some BinaryInteger) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDigits(UInt64(value.magnitude), atLeast: 1)
    }

    /// Writes `value` with at most `decimals` decimals.
    ///
    /// - Precondition: `value` is finite and below 9·10¹⁵ once scaled; both hold for every quantity that
    ///   passed its bounds.
    public mutating func number(_ value: Double, decimals: Int) {
        let scale = Self.powersOfTen[decimals]
        let scaled = (value * Double(scale)).rounded(.toNearestOrAwayFromZero)
        precondition(scaled.magnitude < 9e15, "Out of the range of JSON numbers.")
        number(scaled: Int64(scaled), decimals: decimals)
    }

    /// Writes `scaled / 10^decimals` exactly, without trailing zeros.
    public mutating func number(scaled: Int64, decimals: Int) {
        separate()
        if scaled < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = scaled.magnitude
        var decimals = decimals
        while decimals > 0, magnitude.isMultiple(of: 10) {
            magnitude /= 10
            decimals -= 1
        }
        let scale = UInt64(Self.powersOfTen[decimals])
        appendDigits(magnitude / scale, atLeast: 1)
        guard decimals > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        appendDigits(magnitude % scale, atLeast: decimals)
    }

    /// Writes the shortest text that reads back as `value`; for decoded fields, which have no fixed
    /// number of decimals.
    public mutating func exact(_ value: Double) {
        guard value.isFinite else { return null() }
        if value == value.rounded(), value.magnitude < 9e15 { return integer(Int64(value)) }
        separate()
        append("\(value)")
    }

    /// Copies text that is JSON already.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Ends a line of newline-delimited JSON.
    public mutating func endLine() {
        bytes.append(0x0A)
        needsComma = false
    }

    // MARK: Pieces

    private static let powersOfTen: [Int64] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func appendDigits(_ value: UInt64, atLeast minimum: Int) {
        var divisor: UInt64 = 1
        var count = 1
        while count < minimum || value / divisor >= 10 {
            divisor *= 10
            count += 1
        }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
