internal import Glibc

/// A file operation that failed.
///
/// Code that can act on a failure switches over ``condition``; everything else prints the description.
public struct FileError: Error, Hashable, Sendable {
    /// What to do about it.
    public enum Condition: Hashable, Sendable {
        /// There is no such file. Create it, or correct the name.
        case missing
        /// Not for this user. Correct owner or mode.
        case denied
        /// More bytes than the reader allows.
        case tooLarge
        /// The disk is full.
        case full
        /// Anything else: report.
        case other
    }

    public let path: String
    /// What was tried: `open`, `read`, `write`.
    public let operation: String
    /// The value of errno; EFBIG for a file beyond the limit.
    public let code: Int32

    public init(path: String, operation: String, code: Int32) {
        (self.path, self.operation, self.code) = (path, operation, code)
    }

    public var condition: Condition {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case EACCES, EPERM: .denied
        case EFBIG: .tooLarge
        case ENOSPC, EDQUOT: .full
        default: .other
        }
    }
}

extension FileError: CustomStringConvertible {
    public var description: String { "\(path): \(operation): \(String(cString: strerror(code)))" }
}
