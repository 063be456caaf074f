/// One thing that is wrong with the configuration, and what to do about it.
public struct ConfigurationFault: Hashable, Sendable {
    public var file: String
    /// Counted from 1; 0 when the fault is the file itself.
    public var line: Int
    /// The key with its sections: `store.commit_interval`. Empty where the fault has none.
    public var key: String
    /// What is wrong and how to cure it, in words. Never shows a secret.
    public var message: String

    public init(file: String, line: Int, key: String, message: String) {
        (self.file, self.line, self.key, self.message) = (file, line, key, message)
    }
}

extension ConfigurationFault: CustomStringConvertible {
    public var description: String {
        let place = line > 0 ? "\(file):\(line): " : "\(file): "
        return place + (key.isEmpty ? "" : "\(key): ") + message
    }
}

/// All that is wrong, in the order of files and lines; never empty. Correct the files and start again.
public struct ConfigurationFaults: Error, Hashable, Sendable {
    public var faults: [ConfigurationFault]

    public init(_ faults: [ConfigurationFault]) { self.faults = faults }
}

extension ConfigurationFaults: CustomStringConvertible {
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
