public import Engine
import Files
import Wire

/// A roster as a CSV file: a header line, then `athlete_id` and `sensors` (separated by spaces) in each line.
/// Other columns are left alone.
public enum RosterFile {
    /// Reads the file.
    ///
    /// - Throws: ``RosterFault`` with file and line of the first fault.
    public static func read(_ path: String) throws(RosterFault) -> [Wearer] {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try File(reading: path).contents(limit: 1 << 20)
        } catch {
            throw RosterFault("\(error)")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        let names = cells(lines.first ?? "")
        guard let athlete = names.firstIndex(of: "athlete_id"), let sensors = names.firstIndex(of: "sensors")
        else {
            throw RosterFault("\(path):1: the columns athlete_id and sensors are needed")
        }
        var roster: [Wearer] = []
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            let cells = cells(line)
            guard cells.count > max(athlete, sensors), isSlug(cells[athlete]) else {
                throw RosterFault("\(path):\(index + 1): athlete_id must be a slug such as athlete_01")
            }
            var ids: [SensorID] = []
            for text in cells[sensors].split(separator: " ") {
                guard let id = SensorID(text) else {
                    throw RosterFault("\(path):\(index + 1): \(text) is no sensor such as ant:54321:120")
                }
                ids.append(id)
            }
            roster.append(Wearer(athlete: cells[athlete], sensors: ids))
        }
        return roster
    }

    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
            String(
                cell.drop { $0 == " " || $0 == "\"" }.reversed().drop { $0 == " " || $0 == "\"" }.reversed()
            )
        }
    }

    private static func isSlug(_ text: String) -> Bool {
        let isHead: (UInt8) -> Bool = { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        guard let first = text.utf8.first, isHead(first), text.utf8.count <= 48 else { return false }
        return text.utf8.allSatisfy { isHead($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}

/// Why a roster cannot be read: file, line and cure.
public struct RosterFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
