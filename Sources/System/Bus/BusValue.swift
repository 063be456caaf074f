/// A value of the D-Bus type system.
///
/// Whatever another program sends becomes one of these or ``BusError/unreadable(_:)``: nesting is bounded by
/// ``depthMaximum``, the number of values in a message by ``countMaximum``.
///
/// - Source: D-Bus specification 0.41, "Type System".
public indirect enum BusValue: Hashable, Sendable {
    case byte(UInt8)
    case boolean(Bool)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case double(Double)
    case string(String)
    case path(String)
    case signature(String)
    /// The value owns the descriptor; sending it sends a duplicate.
    case descriptor(BusDescriptor)
    /// An array of bytes, `ay`.
    case bytes([UInt8])
    /// Any other array, and the signature of its elements, which an empty one could not tell.
    case array([BusValue], of: String)
    /// An array of dictionary entries in the order of the message, and the signature of an entry without its
    /// braces: `sv` for `a{sv}`.
    case dictionary([Entry], of: String)
    case structure([BusValue])
    case variant(BusValue)

    public struct Entry: Hashable, Sendable {
        public var key: BusValue
        public var value: BusValue

        public init(_ key: BusValue, _ value: BusValue) { (self.key, self.value) = (key, value) }
    }

    /// The nesting that the specification allows: 32 arrays and 32 structures.
    public static let depthMaximum = 64
    /// Chosen: ten times what bluetoothd's objects are with 400 devices around. The bytes of an `ay` are one.
    public static let countMaximum = 262_144
}

extension BusValue {
    /// The complete type, such as `a{sv}`.
    public var signature: String {
        switch self {
        case .byte: "y"
        case .boolean: "b"
        case .int16: "n"
        case .uint16: "q"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .double: "d"
        case .string: "s"
        case .path: "o"
        case .signature: "g"
        case .descriptor: "h"
        case .bytes: "ay"
        case .array(_, let element): "a" + element
        case .dictionary(_, let entry): "a{" + entry + "}"
        case .structure(let members): "(" + members.map(\.signature).joined() + ")"
        case .variant: "v"
        }
    }

    /// Named values as most interfaces carry them, `a{sv}`.
    public static func properties(_ values: [(String, BusValue)]) -> BusValue {
        .dictionary(values.map { Entry(.string($0.0), .variant($0.1)) }, of: "sv")
    }

    /// An array of strings, `as`.
    public static func strings(_ values: [String]) -> BusValue {
        .array(values.map { .string($0) }, of: "s")
    }
}

/// What a value is, seen through any variant around it; `nil` when it is something else.
extension BusValue {
    public var unwrapped: BusValue {
        var value = self
        while case .variant(let inner) = value { value = inner }
        return value
    }

    public var asBool: Bool? {
        if case .boolean(let value) = unwrapped { value } else { nil }
    }

    /// An integer of any width and sign that fits.
    public var asInteger: Int? {
        switch unwrapped {
        case .byte(let value): Int(value)
        case .int16(let value): Int(value)
        case .uint16(let value): Int(value)
        case .int32(let value): Int(value)
        case .uint32(let value): Int(exactly: value)
        case .int64(let value): Int(exactly: value)
        case .uint64(let value): Int(exactly: value)
        default: nil
        }
    }

    public var asDouble: Double? {
        if case .double(let value) = unwrapped { value } else { nil }
    }

    /// A string, an object path or a signature.
    public var asText: String? {
        switch unwrapped {
        case .string(let value), .path(let value), .signature(let value): value
        default: nil
        }
    }

    public var asBytes: [UInt8]? {
        if case .bytes(let value) = unwrapped { value } else { nil }
    }

    public var asDescriptor: BusDescriptor? {
        if case .descriptor(let value) = unwrapped { value } else { nil }
    }

    /// The elements of an array, or the members of a structure.
    public var asElements: [BusValue]? {
        switch unwrapped {
        case .array(let values, _), .structure(let values): values
        default: nil
        }
    }

    public var asEntries: [Entry]? {
        if case .dictionary(let entries, _) = unwrapped { entries } else { nil }
    }

    /// The strings or paths of an array that has nothing else.
    public var asTexts: [String]? {
        guard let values = asElements else { return nil }
        let texts = values.compactMap(\.asText)
        return texts.count == values.count ? texts : nil
    }

    /// The value of a dictionary's entry, without the variant around it.
    public subscript(key: String) -> BusValue? {
        asEntries?.first { $0.key.asText == key }?.value.unwrapped
    }
}
