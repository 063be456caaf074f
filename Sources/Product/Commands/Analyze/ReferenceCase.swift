import Files
import JSON
import Physiology

/// One reference case: an input, and what has to come out of it.
struct ReferenceCase {
    let id: String
    /// Every member of the case.
    let members: JSONValue
    /// The directory that the case's file lies in.
    private let directory: String

    /// - Returns: `nil` when the value is no case: an object with an `id` and an `expected`.
    init?(_ value: JSONValue, directory: String) {
        guard case .text(let id)? = value["id"], value["expected"] != nil else { return nil }
        self.id = id
        members = value
        self.directory = directory
    }

    var expected: JSONValue { members["expected"] ?? .null }
    var tolerance: JSONValue { members["tolerance"] ?? .null }
    var parameters: JSONValue { members["params"] ?? .null }
    var input: JSONValue { members["input"] ?? .null }

    /// A number of the case, by the keys that lead to it: `number("params", "cp")`.
    func number(_ keys: String...) throws -> Double {
        var value: JSONValue? = members
        for key in keys { value = value?[key] }
        guard let number = value?.number, abs(number) <= 1e15 else {
            throw CommandFailure("\(keys.joined(separator: ".")) is no number")
        }
        return number
    }

    // MARK: Inputs

    /// Where an input lies: beside the cases, or in the tree of its side.
    func path(of file: String) -> String {
        let beside = "\(directory)/../\(file)"
        guard case .text(let side)? = input["side"], (try? File(reading: beside)) == nil else {
            return beside
        }
        return "\(directory)/../../../\(side)/physio/\(file)"
    }

    /// The table of `input.file`.
    func table() throws -> Table {
        guard case .text(let file)? = input["file"] else { throw CommandFailure("input.file is missing") }
        return try table(file)
    }

    /// The table of another input, named as in the case: `inputs/stream_hr.truth.csv`.
    func table(_ file: String) throws -> Table { try Table(path: path(of: file)) }

    /// Another input that is JSON, at most 16 MiB.
    func document(_ file: String) throws -> JSONValue {
        let path = path(of: file)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try File.contents(of: path, limit: 16 << 20)
        } catch {
            throw CommandFailure("\(error)")
        }
        do throws(JSONFailure) {
            return try JSONValue.parse(bytes)
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
    }

    /// The values of a column (default: `input.column`) of `input.file`, cut to `rows` or `beats`.
    func series(_ column: String? = nil) throws -> [Double?] {
        let table = try table()
        let name: String
        if let column {
            name = column
        } else if case .text(let text)? = input["column"] {
            name = text
        } else {
            throw CommandFailure("input.column is missing")
        }
        let values = try cut(table.column(name))
        guard values.allSatisfy({ abs($0 ?? 0) <= 1e15 }) else {
            throw CommandFailure("a number of \(name) is beyond 1e15")
        }
        return values
    }

    /// The intervals of `input.file`, cut to `beats`.
    func intervals() throws -> [RRInterval] {
        guard case .text(let file)? = input["file"] else { throw CommandFailure("input.file is missing") }
        return try cut(intervals(file))
    }

    /// All intervals of a file.
    func intervals(_ file: String) throws -> [RRInterval] { try table(file).intervals() }

    /// `rows` or `beats`: half-open, and not beyond the end.
    private func cut<Element>(_ values: [Element]) -> [Element] {
        guard let bounds = (input["rows"] ?? input["beats"])?.elements, bounds.count == 2,
            let lower = bounds[0].number, let upper = bounds[1].number
        else { return values }
        let start = min(max(0, Int(exactly: lower) ?? 0), values.count)
        let end = min(max(start, Int(exactly: upper) ?? values.count), values.count)
        return Array(values[start..<end])
    }
}
