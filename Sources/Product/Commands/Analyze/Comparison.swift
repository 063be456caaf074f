import JSON

/// Where a value stands in a tree: the keys and the indices that lead to it.
struct FieldPath: Hashable, CustomStringConvertible {
    private(set) var steps: [String] = []

    /// The innermost name that is no index: `rmssd_ms` of `3.rmssd_ms`.
    var name: String { steps.last { Int($0) == nil } ?? "" }

    var description: String { steps.isEmpty ? "value" : steps.joined(separator: ".") }

    func appending(_ step: String) -> FieldPath {
        var path = self
        path.steps.append(step)
        return path
    }
}

/// How far a number may be off.
enum Tolerance: Hashable, CustomStringConvertible {
    case exact
    case absolute(Double)
    /// Relative to max(1, |expected|).
    case relative(Double)

    /// What a case states for a field. In this order: a number under the field's own name is absolute;
    /// `STEM_rel` and `STEM_abs` hold for fields whose path, joined by `_`, or name begins with the stem,
    /// the longest stem first; counts and indices are exact; `rel` and `abs` hold for the rest.
    ///
    /// - Parameters:
    ///   - field: The field.
    ///   - stated: The member `tolerance` of the case.
    init(of field: FieldPath, stated: JSONValue) {
        if let own = stated[field.name]?.number {
            self = .absolute(own)
        } else if let stem = Self.stem(of: field, stated) {
            self = stem
        } else if Self.isCount(field.name) {
            self = .exact
        } else if let relative = stated["rel"]?.number {
            self = .relative(relative)
        } else if let absolute = stated["abs"]?.number {
            self = .absolute(absolute)
        } else {
            self = .exact
        }
    }

    private static func stem(of field: FieldPath, _ stated: JSONValue) -> Tolerance? {
        let path = field.steps.joined(separator: "_")
        var longest = 0
        var found: Tolerance?
        for member in stated.members {
            guard let number = member.value.number else { continue }
            let isRelative = member.key.hasSuffix("_rel")
            guard isRelative || member.key.hasSuffix("_abs") else { continue }
            let stem = member.key.dropLast(4)
            guard stem.count > longest, path.hasPrefix(stem) || field.name.hasPrefix(stem) else { continue }
            longest = stem.count
            found = isRelative ? .relative(number) : .absolute(number)
        }
        return found
    }

    private static func isCount(_ name: String) -> Bool {
        name == "n" || name.hasPrefix("n_") || name.hasSuffix("_count") || name == "count" || name == "index"
    }

    /// The largest difference that is allowed.
    func limit(around expected: Double) -> Double {
        switch self {
        case .exact: 0
        case .absolute(let limit): limit
        case .relative(let share): share * max(1, abs(expected))
        }
    }

    var description: String {
        switch self {
        case .exact: "exact"
        case .absolute(let limit): "±\(limit)"
        case .relative(let share): "relative \(share)"
        }
    }
}

/// A field that is not what a case expects.
struct Difference: Hashable, CustomStringConvertible {
    let field: String
    let expected: String
    let got: String
    let tolerance: String

    var description: String { "\(field): expected \(expected), got \(got), tolerance \(tolerance)" }
}

/// Compares two trees leaf by leaf.
struct Comparison {
    private(set) var differences: [Difference] = []
    private let tolerance: (FieldPath) -> Tolerance

    init(tolerance: @escaping (FieldPath) -> Tolerance) { self.tolerance = tolerance }

    mutating func compare(_ expected: JSONValue, _ got: JSONValue?, at path: FieldPath = FieldPath()) {
        switch (expected, got) {
        case (.object(let members), .object):
            for member in members {
                compare(member.value, got?[member.key], at: path.appending(member.key))
            }
        case (.list(let list), .list(let other)):
            if list.count != other.count {
                differ(path, "\(list.count) elements", "\(other.count)", .exact)
            }
            for (index, pair) in zip(list, other).enumerated() {
                compare(pair.0, pair.1, at: path.appending("\(index)"))
            }
        default:
            compareLeaves(expected, got, at: path)
        }
    }

    private mutating func compareLeaves(_ expected: JSONValue, _ got: JSONValue?, at path: FieldPath) {
        guard let want = expected.number, let have = got?.number else {
            if expected != got { differ(path, expected.text, got?.text ?? "nothing", .exact) }
            return
        }
        let tolerance = tolerance(path)
        // Written so that NaN fails.
        guard abs(want - have) <= tolerance.limit(around: want) else {
            return differ(path, "\(want)", "\(have)", tolerance)
        }
    }

    private mutating func differ(
        _ path: FieldPath,
        _ expected: String,
        _ got: String,
        _ tolerance: Tolerance
    ) {
        differences.append(
            Difference(field: "\(path)", expected: expected, got: got, tolerance: "\(tolerance)")
        )
    }
}

extension JSONValue {
    /// A number as `Double`.
    var number: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .real(let real): real
        default: nil
        }
    }

    var elements: [JSONValue] {
        if case .list(let list) = self { list } else { [] }
    }

    var members: [JSONMember] {
        if case .object(let members) = self { members } else { [] }
    }

    /// The value of a text; what a report prints for anything else.
    var text: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .integer(let integer): "\(integer)"
        case .real(let real): "\(real)"
        case .text(let text): text
        case .list(let list): "a list of \(list.count)"
        case .object(let members): "an object of \(members.count)"
        }
    }

    /// An object whose members keep their order.
    static func members(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { JSONMember(key: $0.key, value: $0.value) })
    }

    /// A number, or null for none.
    static func optional(_ number: Double?) -> JSONValue { number.map(JSONValue.real) ?? .null }

    static func count(_ count: some BinaryInteger) -> JSONValue { .integer(Int64(clamping: count)) }

    static func numbers(_ numbers: some Sequence<Double>) -> JSONValue { .list(numbers.map { .real($0) }) }
}
