import Engine
import Files
import Wire

/// A roster as a CSV file: a header line, then `athlete_id` and `sensors` (separated by spaces) in each line.
/// Other columns are left alone.
enum RosterFile {
    static func read(_ path: String) throws(CommandFailure) -> [Wearer] {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try File(reading: path).contents(limit: 1 << 20)
        } catch {
            throw CommandFailure("\(error)")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        let names = cells(lines.first ?? "")
        guard let athlete = names.firstIndex(of: "athlete_id"), let sensors = names.firstIndex(of: "sensors")
        else {
            throw CommandFailure("\(path):1: the columns athlete_id and sensors are needed")
        }
        var roster: [Wearer] = []
        for (index, line) in lines.enumerated().dropFirst() {
            let cells = cells(line)
            guard cells.count > max(athlete, sensors), isSlug(cells[athlete]) else {
                throw CommandFailure("\(path):\(index + 1): athlete_id must be a slug such as athlete_01")
            }
            var ids: [SensorID] = []
            for text in cells[sensors].split(separator: " ") {
                guard let id = SensorID(text) else {
                    throw CommandFailure("\(path):\(index + 1): \(text) is no sensor such as ant:54321:120")
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
