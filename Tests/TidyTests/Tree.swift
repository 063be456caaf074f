import Foundation

/// One file of the repository.
struct TreeFile: Sendable {
    /// Below the top, such as `Sources/Core/Wire/Hex.swift`.
    let path: String
    let size: Int
    /// The lines of a text file; none for other bytes.
    let lines: [String]

    init(path: String, size: Int? = nil, text: String) {
        self.path = path
        self.size = size ?? text.utf8.count
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var isSwift: Bool { path.hasSuffix(".swift") }

    /// Whether the file lies in one of these folders.
    func isBelow(_ folders: String...) -> Bool { folders.contains { path.hasPrefix($0 + "/") } }

    /// The lines without comments, so that prose may speak of what code must not do. Text after `//` inside
    /// a string literal goes too; no rule looks for what stands there.
    var code: [(number: Int, text: String)] {
        lines.enumerated().map { index, line in
            (index + 1, line.range(of: "//").map { String(line[..<$0.lowerBound]) } ?? line)
        }
    }
}

/// What is in the repository, without what its dot files hide and without what was built.
enum Tree {
    /// Everything that may stand at the top, besides dot files.
    static let top: Set = [
        "Package.swift", "Sources", "Tests", "systemd", "udev", "Config", "Packaging", "README.md",
        "Makefile", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
    ]

    static let url = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let entries: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()

    static let files: [TreeFile] = entries.filter { top.contains($0) }.flatMap { entry -> [TreeFile] in
        var isDirectory: ObjCBool = false
        let path = url.appendingPathComponent(entry).path
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return [] }
        guard isDirectory.boolValue else { return [file(entry)] }
        let below = (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
            .sorted()
        return below.map { entry + "/" + $0 }.filter { !isFolder($0) && !$0.contains("/.") }.map(file)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        let whole = url.appendingPathComponent(path).path
        return FileManager.default.fileExists(atPath: whole, isDirectory: &isDirectory)
            && isDirectory.boolValue
    }

    private static func file(_ path: String) -> TreeFile {
        let data = (try? Data(contentsOf: url.appendingPathComponent(path))) ?? Data()
        return TreeFile(path: path, size: data.count, text: String(data: data, encoding: .utf8) ?? "")
    }
}
