import Foundation
import Testing

/// Something that every file of the tree keeps to, and an example of a file that does not.
struct Rule: Sendable, CustomTestStringConvertible {
    /// A breach, and where: the line, when it is one line.
    typealias Breach = (line: Int?, what: String)

    let name: String
    let breaches: @Sendable (TreeFile) -> [Breach]
    let counterexample: TreeFile

    var testDescription: String { name }

    /// Each breach as a compiler writes an error.
    func findings(in file: TreeFile) -> [String] {
        breaches(file).map { "\(file.path):\($0.line.map { "\($0):" } ?? "") \($0.what)" }
    }
}

extension Rule {
    static let all = [
        fileLength, lineLength, functionLength, mainLength, foundation, pureCore, concurrency, forceTry,
        marks, source, blob, unsafeMarkers,
    ]

    static let fileLength = Rule(
        name: "A Swift file has at most 400 lines",
        breaches: { file in
            // A file ends with a line feed, so its last line is empty.
            let count = file.lines.count - 1
            return file.isSwift && count > 400 ? [(nil, "\(count) lines")] : []
        },
        counterexample: TreeFile(path: "a.swift", text: String(repeating: "\n", count: 401))
    )

    static let lineLength = Rule(
        name: "A line of Swift has at most 110 characters",
        breaches: { file in
            guard file.isSwift else { return [] }
            let exempt = file.isBelow("Tests") ? dataLines(file.lines) : []
            return file.lines.indices.filter { file.lines[$0].count > 110 && !exempt.contains($0) }.map {
                ($0 + 1, "\(file.lines[$0].count) characters")
            }
        },
        counterexample: TreeFile(path: "a.swift", text: String(repeating: "x", count: 111))
    )

    static let functionLength = Rule(
        name: "A function has at most 70 lines",
        breaches: { file in
            file.isSwift
                ? functions(file.lines).filter { $1 > 70 }.map { ($0, "\($1) lines in one function") } : []
        },
        counterexample: TreeFile(
            path: "a.swift",
            text: "    func f(\n    ) {\n" + String(repeating: "        g()\n", count: 68) + "    }\n"
        )
    )

    static let mainLength = Rule(
        name: "A main file has at most 30 lines: the rest is a library that tests reach",
        breaches: { file in
            file.path.hasSuffix("/main.swift") && file.lines.count > 31
                ? [(nil, "\(file.lines.count - 1) lines")] : []
        },
        counterexample: TreeFile(path: "Sources/a/main.swift", text: String(repeating: "\n", count: 31))
    )

    static let foundation = Rule(
        name: "Nothing that the daemon links imports Foundation",
        breaches: { file in
            guard file.isBelow("Sources/Core", "Sources/System", "Sources/Adapters", "Sources/Product") else {
                return []
            }
            return file.code.filter { $0.text.contains("import Foundation") }.map {
                ($0.number, "Foundation")
            }
        },
        counterexample: TreeFile(path: "Sources/System/A/B.swift", text: "internal import Foundation")
    )

    static let pureCore = Rule(
        name: "The core has no clock, no I/O, no threads and no chance of its own",
        breaches: { file in
            guard file.isBelow("Sources/Core") else { return [] }
            return occurrences(in: file, of: impure)
        },
        counterexample: TreeFile(path: "Sources/Core/A/B.swift", text: "let a = getenv(name)")
    )

    /// What makes a result depend on more than its arguments.
    private static let impure = [
        "Date()", "clock_gettime", "gettimeofday", "ContinuousClock", "SuspendingClock", "DispatchTime",
        "print(", "readLine(", "fopen(", "getenv", "pthread", "Mutex", "Atomic<", "Task {", "async ",
        "await ", "DispatchQueue", "UUID()", "SystemRandomNumberGenerator", ".randomElement()", ".shuffled()",
        "hashValue", "Hasher(",
    ]

    static let concurrency = Rule(
        name: "Work runs on the reactor or the storage thread, and waits on their timers",
        breaches: { file in
            file.isBelow("Sources")
                ? occurrences(in: file, of: ["Task.detached", "DispatchQueue", "Task.sleep", "Timer("]) : []
        },
        counterexample: TreeFile(path: "Sources/Product/A/B.swift", text: "try await Task.sleep(for: second)")
    )

    static let forceTry = Rule(
        name: "No error becomes a trap",
        breaches: { $0.isBelow("Sources") ? occurrences(in: $0, of: ["try!"]) : [] },
        counterexample: TreeFile(path: "Sources/Core/A/B.swift", text: "let a = try! b()")
    )

    static let marks = Rule(
        name: "Nothing is left to be done later",
        breaches: { file in
            let marks = ["TO" + "DO", "FIX" + "ME"]
            return file.lines.enumerated().flatMap { index, line in
                marks.filter(line.contains).map { (index + 1, $0) }
            }
        },
        counterexample: TreeFile(path: "README.md", text: "TO" + "DO: write this")
    )

    static let source = Rule(
        name: "A sensor profile names the source of its numbers",
        breaches: { file in
            let isProfile =
                file.isBelow("Sources/Core/Profiles")
                && file.lines.contains { $0.contains(": SensorProfile") }
            return isProfile && !file.lines.contains { $0.contains("Source: ") }
                ? [(nil, "no Source: line")] : []
        },
        counterexample: TreeFile(
            path: "Sources/Core/Profiles/GATT/A.swift",
            text: "public struct A: SensorProfile {\n}\n"
        )
    )

    static let blob = Rule(
        name: "A file outside the tests' data has at most 64 KiB",
        breaches: { file in
            let isData = file.isBelow("Tests") && !file.isSwift
            return file.size > 65_536 && !isData ? [(nil, "\(file.size) bytes")] : []
        },
        counterexample: TreeFile(path: "Config/picture.png", size: 65_537, text: "")
    )

    static let unsafeMarkers = Rule(
        name: "What the compiler cannot check stands on the list with its reason",
        breaches: { file in
            guard file.isSwift, !file.isBelow("Tests/TidyTests") else { return [] }
            let count = occurrences(in: file, of: ["@unchecked Sendable", "nonisolated(unsafe)"]).count
            let listed = UnsafeMarker.all.filter { $0.path == file.path }.reduce(0) { $0 + $1.count }
            return count == listed
                ? [] : [(nil, "\(count) unsafe markers, \(listed) on the list in UnsafeMarkers.swift")]
        },
        counterexample: TreeFile(
            path: "Sources/System/A/B.swift",
            text: "final class B: @unchecked Sendable {}"
        )
    )

    /// Where tests have data inside a literal, which has no place to break.
    private static func dataLines(_ lines: [String]) -> Set<Int> {
        var isInside = false
        return Set(
            lines.indices.filter { index in
                let quotes = lines[index].components(separatedBy: String(repeating: "\"", count: 3)).count - 1
                defer { if quotes % 2 == 1 { isInside.toggle() } }
                return isInside || lines[index].contains(##"#"{"##)
            }
        )
    }

    private static func occurrences(in file: TreeFile, of words: [String]) -> [Breach] {
        guard file.isSwift else { return [] }
        return file.code.flatMap { line in
            words.filter { isWord($0, in: line.text) }.map { (line.number, $0) }
        }
    }

    /// Whether `line` has `word`, and not only as the end of a longer name.
    private static func isWord(_ word: String, in line: String) -> Bool {
        guard let range = line.range(of: word) else { return false }
        guard let first = word.first, first.isLetter, range.lowerBound > line.startIndex else { return true }
        let before = line[line.index(before: range.lowerBound)]
        return !(before.isLetter || before.isNumber || before == "_")
    }

    /// The first line and the length of each function, by indentation: the layout is the formatter's.
    private static func functions(_ lines: [String]) -> [(line: Int, length: Int)] {
        lines.indices.compactMap { start in
            let line = lines[start]
            let words = line.split { !$0.isLetter && $0 != "_" }
            guard words.contains("func") || words.contains("init") || words.contains("deinit") else {
                return nil
            }
            let indent = line.prefix { $0 == " " }.count
            for index in lines.indices.dropFirst(start + 1) where !lines[index].isEmpty {
                let depth = lines[index].prefix { $0 == " " }.count
                guard depth <= indent else { continue }
                let rest = lines[index].dropFirst(depth)
                if depth == indent, rest.hasPrefix("}") { return (start + 1, index - start + 1) }
                // The rest of a signature over several lines; anything else follows a function of one line.
                if depth < indent || !(rest.hasPrefix(")") || rest.hasPrefix("where")) { return nil }
            }
            return nil
        }
    }
}
