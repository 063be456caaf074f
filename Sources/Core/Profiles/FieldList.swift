/// The value of one decoded field, as vectors and `touchline decode` show it.
public enum FieldValue: Hashable, Sendable {
    /// Present on the wire with its "not available" marker, or absent where the page allows it.
    case null
    case flag(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case list([FieldValue])
    case object(FieldList)
}

/// Decoded fields in wire order. For people and tests; the realtime path never builds one.
public struct FieldList: Hashable, Sendable {
    public private(set) var fields: [(name: String, value: FieldValue)] = []

    public init() {}

    public mutating func add(_ name: String, _ value: FieldValue) { fields.append((name, value)) }
    /// Adds a whole number; one beyond 63 bits as the nearest real.
    public mutating func add(_ name: String, _ value: some BinaryInteger) {
        add(name, Int64(exactly: value).map(FieldValue.integer) ?? .real(Double(value)))
    }
    public mutating func add(_ name: String, _ value: Double) { add(name, .real(value)) }
    public mutating func add(_ name: String, _ value: Bool) { add(name, .flag(value)) }
    public mutating func add(_ name: String, _ value: String) { add(name, .text(value)) }
    public mutating func add(_ name: String, _ value: FieldList) { add(name, .object(value)) }
    public mutating func add(_ name: String, _ value: (some BinaryInteger)?) {
        if let value { add(name, value) } else { add(name, .null) }
    }
    public mutating func add(_ name: String, _ value: Double?) {
        if let value { add(name, value) } else { add(name, .null) }
    }
    public mutating func add(_ name: String, _ value: String?) {
        if let value { add(name, value) } else { add(name, .null) }
    }

    /// The value of a field, or `nil` when there is none of that name.
    public subscript(name: String) -> FieldValue? { fields.first { $0.name == name }?.value }

    public static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.fields.elementsEqual(rhs.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    public func hash(into hasher: inout Hasher) {
        for field in fields {
            hasher.combine(field.name)
            hasher.combine(field.value)
        }
    }
}

extension FieldList {
    /// Reports what a value holds beyond its layout; nothing when it holds nothing more.
    mutating func addExtras(reservedFlags: UInt16 = 0, trailingBytes: Int) {
        if reservedFlags != 0 { add("rfu_flags", reservedFlags) }
        if trailingBytes > 0 { add("trailing_bytes", trailingBytes) }
    }
}
