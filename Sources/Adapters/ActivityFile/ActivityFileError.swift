public import Files

/// Why a FIT file cannot be read.
public enum ActivityFileError: Error, Hashable, Sendable {
    /// The system refused.
    case file(FileError)
    /// No FIT file, or of a later version of the protocol.
    case unknownFormat(path: String)
    /// The file ends before the length that its header states.
    case truncated(path: String)
    /// A checksum or the structure is wrong, `offset` bytes from the start.
    case corrupt(path: String, offset: Int, reason: String)
}

extension ActivityFileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .unknownFormat(let path): "\(path): no FIT activity"
        case .truncated(let path): "\(path): ends before its stated length"
        case .corrupt(let path, let offset, let reason): "\(path): damaged at byte \(offset): \(reason)"
        }
    }
}
