import Files
import Physiology

/// A table of numbers in a text file: comma-separated with a line of names, or one number a line.
///
/// An empty cell is a missing value. Text may stand in columns that nobody reads. Lines end with LF or
/// CRLF; empty lines and lines that begin with `#` do not count. At most 64 MiB, 64 columns, 2^20 rows.
struct Table {
    private let names: [String]
    private let rows: [[Substring]]
    private let path: String

    /// - Throws: ``CommandFailure`` with file and line.
    init(path: String) throws {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try File.contents(of: path, limit: 64 << 20)
        } catch {
            throw CommandFailure("\(error)")
        }
        try self.init(text: String(decoding: bytes, as: UTF8.self), path: path)
    }

    /// - Parameters:
    ///   - text: What the file holds.
    ///   - path: For messages.
    /// - Throws: ``CommandFailure`` with file and line.
    init(text: String, path: String) throws {
        var names: [String]?
        var rows: [[Substring]] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated() where !line.isEmpty && line.first != "#"
        {
            let cells = line.split(separator: ",", maxSplits: 64, omittingEmptySubsequences: false)
            guard cells.count <= 64 else { throw CommandFailure("\(path):\(index + 1): over 64 columns") }
            guard let known = names else {
                let isHeader = cells.contains { !$0.isEmpty && Double($0) == nil }
                names = isHeader ? cells.map(String.init) : cells.indices.map { "\($0)" }
                if !isHeader { rows.append(cells) }
                continue
            }
            guard cells.count == known.count else {
                throw CommandFailure("\(path):\(index + 1): \(cells.count) columns, not \(known.count)")
            }
            guard rows.count < 1 << 20 else { throw CommandFailure("\(path): over 2^20 rows") }
            rows.append(cells)
        }
        (self.names, self.rows, self.path) = (names ?? [], rows, path)
    }

    var rowCount: Int { rows.count }

    func has(_ column: String) -> Bool { names.contains(column) }

    /// The values of a column, `nil` for empty cells. Always finite.
    func column(_ name: String) throws -> [Double?] {
        guard let index = names.firstIndex(of: name) else {
            throw CommandFailure("\(path): no column \(name)")
        }
        var values: [Double?] = []
        values.reserveCapacity(rows.count)
        for row in rows {
            if row[index].isEmpty {
                values.append(nil)
            } else if let value = Double(row[index]), value.isFinite {
                values.append(value)
            } else {
                throw CommandFailure("\(path): \(row[index]) is no number of \(name)")
            }
        }
        return values
    }

    /// The RR intervals in ms: the column `rr_ms`, or the numbers of a file without names.
    func intervals() throws -> [RRInterval] {
        let name = names == ["0"] ? "0" : "rr_ms"
        return try column(name).map { value in
            guard let value, let interval = RRInterval(milliseconds: value) else {
                throw CommandFailure("\(path): \(value.map { "\($0)" } ?? "nothing") is no RR interval")
            }
            return interval
        }
    }
}
