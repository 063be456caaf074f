public import Compression

/// Why a capture cannot be read on. A line that cannot be read is no error, unless reading is strict.
public enum CaptureError: Error, Hashable, Sendable {
    /// The file is missing, denied, cut off or damaged. Lines before were good.
    case stream(CompressionError)
    /// The file is no capture, nor any log that is read like one.
    case unknownFormat(path: String, reason: String)
    /// Strict reading stops here.
    case unreadableLine(path: String, line: Int, reason: String)
}

extension CaptureError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .stream(let error): error.description
        case .unknownFormat(let path, let reason): "\(path): no capture: \(reason)"
        case .unreadableLine(let path, let line, let reason): "\(path):\(line): \(reason)"
        }
    }
}

/// The lines that could not be read: all are counted, the first are named.
public struct SkippedLines: Hashable, Sendable {
    public struct Line: Hashable, Sendable {
        /// Counted from 1.
        public var number: Int
        public var reason: String
    }

    /// So many are named.
    public static let namedMaximum = 100

    public private(set) var count = 0
    public private(set) var named: [Line] = []

    mutating func add(_ number: Int, _ reason: String) {
        count += 1
        if named.count < Self.namedMaximum { named.append(Line(number: number, reason: reason)) }
    }
}
