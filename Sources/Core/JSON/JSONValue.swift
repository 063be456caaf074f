/// Any JSON text, as a tree. For what is read rarely: vectors, answers of people, reference cases.
public enum JSONValue: Hashable, Sendable {
    case null
    case flag(Bool)
    /// A number that was written without fraction and exponent and fits.
    case integer(Int64)
    case real(Double)
    case text(String)
    case list([JSONValue])
    case object([JSONMember])

    /// The value of the first member of that name, or `nil` when this is no object or has none.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}

/// One member of an object. Members keep their order, and a key may come twice.
public struct JSONMember: Hashable, Sendable {
    public let key: String
    public let value: JSONValue

    public init(key: String, value: JSONValue) { (self.key, self.value) = (key, value) }
}

/// Why a text is no JSON, and at which byte, counted from 0.
public enum JSONFailure: Error, Hashable, Sendable {
    /// The byte cannot stand where it stands; also a number, word or escape that breaks off.
    case unexpected(at: Int)
    /// The text ends in the middle.
    case end
    /// Objects and lists are nested deeper than ``JSONValue/depthLimit``.
    case depth(at: Int)
}

extension JSONFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unexpected(let position): "not JSON at byte \(position)"
        case .end: "the text ends in the middle"
        case .depth(let position): "nested too deeply at byte \(position)"
        }
    }
}

extension JSONValue {
    /// How deeply objects and lists may be nested, so that no text can exhaust the stack.
    public static let depthLimit = 64

    /// Reads one value, with white space around it and nothing else.
    ///
    /// Text that is no UTF-8 is repaired with U+FFFD, a number that no `Double` holds is refused.
    public static func parse(_ bytes: some Collection<UInt8>) throws(JSONFailure) -> JSONValue {
        var parser = JSONParser(Array(bytes))
        return try parser.parse()
    }
}
