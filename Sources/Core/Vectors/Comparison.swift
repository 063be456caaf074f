import JSON
import Profiles

/// Compares decoded fields with what a vector expects.
enum Comparison {
    private static let tolerance = 1e-9

    /// One sentence for each field of `expected` that `fields` does not match.
    static func differences(of fields: FieldList, from expected: JSONValue) -> [String] {
        guard case .object(let members) = expected else { return ["expect is not an object"] }
        return members.compactMap { member in
            let found = fields[member.key]
            if matches(found, member.value) { return nil }
            return "\(member.key) is \(text(found)), expected \(text(member.value))"
        }
    }

    private static func matches(_ found: FieldValue?, _ expected: JSONValue) -> Bool {
        switch (found ?? .null, expected) {
        case (.null, .null): true
        case (.flag(let found), .flag(let expected)): found == expected
        case (.integer(let found), .integer(let expected)): found == expected
        case (.integer(let found), .real(let expected)): isClose(Double(found), expected)
        case (.real(let found), .integer(let expected)): isClose(found, Double(expected))
        case (.real(let found), .real(let expected)): isClose(found, expected)
        case (.text(let found), .text(let expected)): found == expected
        case (.list(let found), .list(let expected)):
            found.count == expected.count && zip(found, expected).allSatisfy { matches($0, $1) }
        case (.object(let found), .object(let expected)):
            expected.allSatisfy { matches(found[$0.key], $0.value) }
        default: false
        }
    }

    private static func isClose(_ a: Double, _ b: Double) -> Bool {
        (a - b).magnitude <= tolerance * max(1, a.magnitude, b.magnitude)
    }

    private static func text(_ value: FieldValue?) -> String {
        guard let value else { return "absent" }
        var list = FieldList()
        list.add("", value)
        var writer = JSONWriter()
        writer.fields(list)
        return String(decoding: writer.bytes.dropFirst(4).dropLast(), as: UTF8.self)
    }

    private static func text(_ value: JSONValue) -> String { text(field(value)) }

    private static func field(_ value: JSONValue) -> FieldValue {
        switch value {
        case .null: return .null
        case .flag(let flag): return .flag(flag)
        case .integer(let integer): return .integer(integer)
        case .real(let real): return .real(real)
        case .text(let text): return .text(text)
        case .list(let elements): return .list(elements.map(field))
        case .object(let members):
            var list = FieldList()
            for member in members { list.add(member.key, field(member.value)) }
            return .object(list)
        }
    }
}
