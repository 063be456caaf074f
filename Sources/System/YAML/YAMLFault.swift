/// One thing that is wrong with a document, and what to do about it.
public struct YAMLFault: Hashable, Sendable {
    public var file: String
    /// Counted from 1.
    public var line: Int
    public var column: Int
    /// The keys from the root down to the fault, joined by dots; empty where none is known.
    public var key: String
    /// What is wrong and how to cure it, in words.
    public var message: String

    public init(file: String, line: Int, column: Int, key: String = "", message: String) {
        (self.file, self.line, self.column) = (file, line, column)
        (self.key, self.message) = (key, message)
    }
}

extension YAMLFault: CustomStringConvertible {
    public var description: String { "\(file):\(line): " + (key.isEmpty ? "" : "\(key): ") + message }
}

/// All that is wrong with a document, in the order of the file; never empty.
public struct YAMLFaults: Error, Hashable, Sendable {
    public var faults: [YAMLFault]

    public init(_ faults: [YAMLFault]) { self.faults = faults }
}

extension YAMLFaults: CustomStringConvertible {
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
