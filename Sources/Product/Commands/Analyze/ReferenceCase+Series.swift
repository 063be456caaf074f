import JSON
import Wire

extension ReferenceCase {
    /// The columns that `input.column` lists, separated by commas, cut to `rows`.
    func columns() throws -> [[Double?]] {
        guard case .text(let names)? = input["column"] else {
            throw CommandFailure("input.column is missing")
        }
        return try names.split(separator: ",").map { try series(String($0.drop(while: { $0 == " " }))) }
    }

    /// Pairs of numbers at the keys: `params.points`.
    func pairs(_ keys: String...) throws -> [(Double, Double)] {
        let list = keys.reduce(Optional(members)) { $0?[$1] }?.elements ?? []
        return try list.map { element in
            guard element.elements.count == 2, let first = element.elements[0].number,
                let second = element.elements[1].number
            else { throw CommandFailure("\(keys.joined(separator: ".")) is no list of pairs") }
            return (first, second)
        }
    }

    /// A time of a table as an instant: whole seconds from 0 to 1e9.
    func instant(_ seconds: Double) -> Instant {
        Instant(nanoseconds: Int64(min(max(seconds, 0), 1e9)) * .second)
    }

    /// A value that the product refuses, as a fault of the case.
    func accepted<Value>(_ value: Value?, _ what: String) throws -> Value {
        guard let value else { throw CommandFailure("\(what) is out of range") }
        return value
    }
}

extension JSONValue {
    /// This object with some members computed: the others are echoed.
    func replacing(_ computed: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(
            members.map { member in
                let value = computed.first { $0.key == member.key }?.value
                return JSONMember(key: member.key, value: value ?? member.value)
            }
        )
    }

    /// A member as a number.
    func number(_ key: String) throws -> Double {
        guard let number = self[key]?.number, abs(number) <= 1e15 else {
            throw CommandFailure("\(key) is no number")
        }
        return number
    }

    static func optionals(_ numbers: some Sequence<Double?>) -> JSONValue {
        .list(numbers.map { .optional($0) })
    }
}
