internal import Wire
internal import YAML

/// Why a value is not what its key needs, and how to write it.
struct WrongValue: Error {
    var message: String
    /// Where, when it is not the line of the key.
    var line: Int?

    init(_ message: String, line: Int? = nil) { (self.message, self.line) = (message, line) }
}

/// What kind of value a key takes: how text becomes the value, and what is refused.
struct Kind<Value>: Sendable {
    /// Reads a node of the file that is named.
    let parse: @Sendable (YAMLNode, _ file: String) throws(WrongValue) -> Value

    init(_ parse: @escaping @Sendable (YAMLNode, _ file: String) throws(WrongValue) -> Value) {
        self.parse = parse
    }

    /// A kind whose values are one scalar.
    static func scalar(
        _ parse: @escaping @Sendable (String) throws(WrongValue) -> Value
    ) -> Kind {
        Kind { node, _ throws(WrongValue) in try parse(try node.text()) }
    }
}

extension YAMLNode {
    /// The text of a scalar.
    func text() throws(WrongValue) -> String {
        switch content {
        case .scalar(let text, _): return text
        case .list: throw WrongValue("a list where one value is expected", line: mark.line)
        case .map: throw WrongValue("a map where one value is expected", line: mark.line)
        }
    }
}

/// A value as a fault quotes it: short, and without control characters.
func quoted(_ text: String) -> String {
    let short = text.unicodeScalars.prefix(60).map { $0.properties.generalCategory == .control ? " " : $0 }
    return "'" + String(String.UnicodeScalarView(short)) + (text.unicodeScalars.count > 60 ? "…'" : "'")
}

extension Kind where Value == Bool {
    /// The words of YAML 1.1 that people write: true, yes, on and their opposites, in lower case, upper
    /// case or capitalised.
    static var flag: Kind {
        .scalar { text throws(WrongValue) in
            switch text {
            case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return true
            case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return false
            default: throw WrongValue("\(quoted(text)) is neither true nor false")
            }
        }
    }
}

extension Kind where Value: FixedWidthInteger & Sendable {
    /// A whole decimal number.
    static func integer(_ range: ClosedRange<Value>) -> Kind {
        .scalar { text throws(WrongValue) in
            let isPlain = text == "0" || !(text.hasPrefix("0") || text.hasPrefix("+"))
            guard isPlain, let value = Value(text) else {
                throw WrongValue("\(quoted(text)) is no whole number without a unit")
            }
            guard range.contains(value) else {
                throw WrongValue("\(value) is outside \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }
}

extension Kind where Value == Double {
    /// A decimal number such as `0.97`.
    static func number(_ range: ClosedRange<Double>) -> Kind {
        .scalar { text throws(WrongValue) in
            let isDecimal = text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || Hex.value(of: $0) ?? 16 < 10 }
            guard isDecimal, let value = Double(text) else {
                throw WrongValue("\(quoted(text)) is no number")
            }
            guard range.contains(value) else {
                throw WrongValue("\(text) is outside \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }
}

extension Kind where Value == Int64 {
    /// A span of time, in nanoseconds.
    static func duration(_ range: ClosedRange<Nanoseconds>) -> Kind {
        measure(range, "a duration such as 500ms, 5s, 10min, 72h or 30d") { Measure.durations }
    }

    /// Bytes.
    static func size(_ range: ClosedRange<Int64>) -> Kind {
        measure(range, "a size such as 100kB or 2GiB") { Measure.sizes }
    }

    private static func measure(
        _ range: ClosedRange<Int64>,
        _ expected: String,
        _ units: @escaping @Sendable () -> [(unit: String, scale: Int64)]
    ) -> Kind {
        .scalar { text throws(WrongValue) in
            guard let value = Measure.value(text, units: units()) else {
                throw WrongValue("\(quoted(text)) is not \(expected)")
            }
            guard range.contains(value) else {
                let low = Measure.text(range.lowerBound, units: units())
                let high = Measure.text(range.upperBound, units: units())
                throw WrongValue("\(text) is outside \(low) to \(high)")
            }
            return value
        }
    }
}

extension Kind where Value == Int {
    /// So many a second.
    static func rate(_ range: ClosedRange<Int>) -> Kind {
        .scalar { text throws(WrongValue) in
            guard let value = Measure.value(text, units: Measure.rates) else {
                throw WrongValue("\(quoted(text)) is not a rate such as 200/s")
            }
            guard range.contains(Int(value)) else {
                throw WrongValue("\(text) is outside \(range.lowerBound)/s to \(range.upperBound)/s")
            }
            return Int(value)
        }
    }
}

extension Kind
where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
    /// One of a few words.
    static var choice: Kind {
        .scalar { text throws(WrongValue) in
            guard let value = Value(rawValue: text) else {
                let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
                throw WrongValue("\(quoted(text)) is none of \(words)")
            }
            return value
        }
    }
}

extension Kind {
    /// A list whose items are all of one kind.
    static func list<Item: Hashable & Sendable>(of item: Kind<Item>) -> Kind where Value == [Item] {
        Kind { node, file throws(WrongValue) in
            guard case .list(let nodes) = node.content else {
                throw WrongValue("expected a list; write [first, second], or [] for none")
            }
            var items: [Item] = []
            for node in nodes {
                do throws(WrongValue) {
                    items.append(try item.parse(node, file))
                } catch {
                    throw WrongValue(error.message, line: node.mark.line)
                }
                guard Set(items).count == items.count else {
                    throw WrongValue("an item stands in the list twice", line: node.mark.line)
                }
            }
            return items
        }
    }
}
