/// A YAML file as a small tree. The part of YAML that a person writes by hand, and nothing with a catch.
///
/// Refused, each with file, line and cure: tabs, duplicate keys, anchors and aliases, tags, several
/// documents, keys that are not words, bytes that are not UTF-8, nesting beyond 32, more than 1 MiB.
public struct YAMLDocument: Hashable, Sendable {
    /// The largest file that is read. Configurations have a few kilobytes.
    public static let byteCountMaximum = 1 << 20
    /// How deep lists and maps nest. Configurations need five.
    public static let depthMaximum = 32
    /// So many faults are reported of one file.
    static let faultCountMaximum = 50

    /// `nil` when the file holds nothing but blanks and comments.
    public let root: YAMLNode?

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - bytes: The file as it is. Any bytes at all: a fault is the worst that comes of them.
    ///   - file: The name that faults carry.
    /// - Returns: The tree.
    /// - Throws: Every fault that was found; where the syntax breaks, reading ends.
    public static func parse(bytes: [UInt8], file: String) throws(YAMLFaults) -> YAMLDocument {
        guard bytes.count <= byteCountMaximum else {
            let message = "\(bytes.count) bytes; at most \(byteCountMaximum) are read"
            throw YAMLFaults([YAMLFault(file: file, line: 1, column: 1, message: message)])
        }
        let faults = faultsOfBytes(bytes, file: file)
        guard faults.isEmpty else { throw YAMLFaults(faults) }

        var parser = DocumentParser(bytes, file: file)
        let root: YAMLNode?
        do throws(SyntaxError) {
            root = try parser.document()
        } catch {
            parser.report(error.mark, Self.words(for: error.problem))
            root = nil
        }
        guard parser.faults.isEmpty else { throw YAMLFaults(parser.faults) }
        return YAMLDocument(root: root)
    }

    private static func faultsOfBytes(_ bytes: [UInt8], file: String) -> [YAMLFault] {
        var faults: [YAMLFault] = []
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where faults.count < faultCountMaximum {
            let column: Int
            let message: String
            if let tab = line.firstIndex(of: 0x09) {
                column = tab - line.startIndex + 1
                message = #"a tab; use spaces, and write "\t" in double quotes where a value needs one"#
            } else if String(validating: line, as: UTF8.self) == nil {
                column = 1
                message = "not UTF-8; save the file as UTF-8"
            } else {
                continue
            }
            faults.append(YAMLFault(file: file, line: index + 1, column: column, message: message))
        }
        return faults
    }

    /// libyaml's words with the cure beside them.
    ///
    /// - Source: the messages of scanner.c and parser.c, libyaml 0.2.5.
    private static func words(for problem: String) -> String {
        let cures = [
            ("mapping values are not allowed", "indent with two spaces, or quote a value that holds ': '"),
            ("could not find expected ':'", "write key: value, with a space after the colon"),
            ("did not find expected key", "start the keys of one map in the same column"),
            ("did not find expected '-'", "start the items of one list in the same column"),
            ("did not find expected ',' or ']'", "close the list with ]"),
            ("did not find expected ',' or '}'", "close the map with }"),
            ("found character that cannot start", "quote the value"),
            ("found unexpected end of stream", "close the quotes"),
            ("did not find expected <document start>", "write one document, without ... and %"),
            ("control characters are not allowed", "remove the control character"),
        ]
        let cure = cures.first { problem.hasPrefix($0.0) }?.1
        return problem + "; " + (cure ?? "quote values that hold special characters")
    }
}

/// Builds the tree from events. Recursion is bounded by ``YAMLDocument/depthMaximum``.
private struct DocumentParser: ~Copyable {
    private var events: EventStream
    private let file: String
    private var path: [String] = []
    private(set) var faults: [YAMLFault] = []

    init(_ bytes: [UInt8], file: String) {
        events = EventStream(bytes)
        self.file = file
    }

    mutating func report(_ mark: YAMLMark, _ message: String) {
        guard faults.count < YAMLDocument.faultCountMaximum else { return }
        faults.append(
            YAMLFault(
                file: file,
                line: mark.line,
                column: mark.column,
                key: path.joined(separator: "."),
                message: message
            )
        )
    }

    mutating func document() throws(SyntaxError) -> YAMLNode? {
        var root: YAMLNode?
        var count = 0
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return root
            case .stream, .documentEnd: continue
            case .documentStart:
                count += 1
                guard count == 1 else {
                    report(event.mark, "a second document; keep one, or put it into conf.d as a file")
                    return nil
                }
                if event.hasTag { report(event.mark, "a %TAG directive; remove it") }
            default: root = try node(event)
            }
        }
    }

    private mutating func node(_ event: Event, depth: Int = 1) throws(SyntaxError) -> YAMLNode {
        if event.hasAnchor { report(event.mark, "an anchor (&name); write the value out") }
        if event.hasTag { report(event.mark, "a tag (!name); remove it, the key decides on the type") }
        switch event.kind {
        case .scalar(let text, let isQuoted):
            return YAMLNode(.scalar(text, isQuoted: isQuoted), mark: event.mark)
        case .listStart: return try list(event, depth: depth)
        case .mapStart: return try map(event, depth: depth)
        default:
            report(event.mark, "an alias (*name); write the value out, or quote a text that begins with *")
            return YAMLNode(.scalar("", isQuoted: true), mark: event.mark)
        }
    }

    private mutating func list(_ start: Event, depth: Int) throws(SyntaxError) -> YAMLNode {
        try checkDepth(depth, at: start.mark)
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .listEnd = event.kind { return YAMLNode(.list(items), mark: start.mark) }
            path.append("\(items.count + 1)")
            items.append(try node(event, depth: depth + 1))
            path.removeLast()
        }
    }

    private mutating func map(_ start: Event, depth: Int) throws(SyntaxError) -> YAMLNode {
        try checkDepth(depth, at: start.mark)
        var entries: [YAMLEntry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mapEnd = event.kind { return YAMLNode(.map(entries), mark: start.mark) }
            let key = try node(event, depth: depth + 1)
            let name: String
            if case .scalar(let text, _) = key.content {
                name = text
            } else {
                report(key.mark, "a list or map where a key is expected; write key: value")
                name = ""
            }
            path.append(name)
            let isDuplicate = lines[name] != nil
            if let line = lines[name] {
                report(key.mark, "the key stands in line \(line) already; keep one of the two")
            }
            lines[name] = lines[name] ?? key.mark.line
            let value = try node(try events.next(), depth: depth + 1)
            path.removeLast()
            if !isDuplicate { entries.append(YAMLEntry(key: name, mark: key.mark, value: value)) }
        }
    }

    private func checkDepth(_ depth: Int, at mark: YAMLMark) throws(SyntaxError) {
        guard depth > YAMLDocument.depthMaximum else { return }
        throw SyntaxError(mark: mark, problem: "nested deeper than \(YAMLDocument.depthMaximum)")
    }
}
