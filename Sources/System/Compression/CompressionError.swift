public import Files

/// Why a file cannot be read to its end, or not be written.
public enum CompressionError: Error, Hashable, Sendable {
    /// The file ends within its compressed data. What came before is good.
    case truncated(path: String)
    /// The bytes are not what the name of the file promises, or were damaged. What came before is good.
    case corrupt(path: String, reason: String)
    /// The system refused.
    case file(FileError)
}

extension CompressionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let path): "\(path): ends in the middle of its compressed data"
        case .corrupt(let path, let reason): "\(path): damaged compressed data: \(reason)"
        case .file(let error): error.description
        }
    }
}

/// How a file is packed, by its name.
public enum CompressionFormat: Hashable, Sendable {
    case plain, zstd, gzip

    public init(path: String) {
        self = path.hasSuffix(".zst") ? .zstd : path.hasSuffix(".gz") ? .gzip : .plain
    }
}
