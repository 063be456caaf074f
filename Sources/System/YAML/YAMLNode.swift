/// A place in a file, both counted from 1. Columns count characters.
public struct YAMLMark: Hashable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) { (self.line, self.column) = (line, column) }
}

/// One value of a document: text, a list or a map.
public struct YAMLNode: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        /// The text as written, escapes resolved. What it means is decided by the key that it belongs
        /// to, so `no` stays `no`.
        case scalar(String, isQuoted: Bool)
        case list([YAMLNode])
        /// In the order of the file; keys are unique.
        case map([YAMLEntry])
    }

    public var content: Content
    public var mark: YAMLMark

    public init(_ content: Content, mark: YAMLMark) { (self.content, self.mark) = (content, mark) }

    /// Whether the value is an unquoted `null`, `~` or nothing at all.
    public var isNull: Bool {
        guard case .scalar(let text, isQuoted: false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// One key of a map with its value.
public struct YAMLEntry: Hashable, Sendable {
    public var key: String
    public var mark: YAMLMark
    public var value: YAMLNode

    public init(key: String, mark: YAMLMark, value: YAMLNode) {
        (self.key, self.mark, self.value) = (key, mark, value)
    }
}
