import Files
import JSON

/// What came out of all cases of a directory.
struct CaseReport {
    private(set) var passed = 0
    private(set) var failed = 0
    /// A line for each difference, one for each group that is not implemented, and the counts at the end.
    private(set) var lines: [String] = []

    /// - Parameters:
    ///   - directory: Of the `*.json` files; each is a list of cases.
    ///   - groups: What can be computed.
    /// - Throws: ``CommandFailure`` when the directory or a file cannot be read or is no list of cases.
    init(directory: String, groups: [any CaseGroup]) throws {
        for file in try Self.files(in: directory) {
            let cases = try Self.cases(in: "\(directory)/\(file)", directory: directory)
            let name = String(file.dropLast(".json".count))
            guard let group = groups.first(where: { $0.name == name }) else {
                failed += cases.count
                lines.append("\(name): not implemented, \(cases.count) cases")
                continue
            }
            for reference in cases { check(reference, group) }
        }
        lines.append("\(passed) passed, \(failed) failed")
    }

    private mutating func check(_ reference: ReferenceCase, _ group: any CaseGroup) {
        do {
            let differences = try group.check(reference)
            if differences.isEmpty { passed += 1 } else { failed += 1 }
            lines += differences.map { "\(reference.id) \($0)" }
        } catch {
            failed += 1
            lines.append("\(reference.id): \((error as? CommandFailure)?.message ?? "\(error)")")
        }
    }

    private static func files(in directory: String) throws -> [String] {
        do throws(FileError) {
            return try Directory.names(in: directory).filter { $0.hasSuffix(".json") }
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    private static func cases(in path: String, directory: String) throws -> [ReferenceCase] {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try File.contents(of: path, limit: 16 << 20)
        } catch {
            throw CommandFailure("\(error)")
        }
        let list: [JSONValue]
        do throws(JSONFailure) {
            list = try JSONValue.parse(bytes).elements
        } catch {
            throw CommandFailure("\(path): \(error)")
        }
        let cases = list.compactMap { ReferenceCase($0, directory: directory) }
        guard cases.count == list.count, !cases.isEmpty else {
            throw CommandFailure("\(path): not a list of cases")
        }
        return cases
    }
}
