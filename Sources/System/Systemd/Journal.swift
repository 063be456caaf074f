internal import CSystemd
internal import Glibc

/// Where log lines go: to the journal with structured fields when standard error is connected to it, else
/// to standard error as text.
///
/// - Source: sd_journal_sendv(3); systemd.exec(5), `$JOURNAL_STREAM`; sd-daemon(3), the `<n>` prefixes.
public struct Journal: Sendable {
    /// How much a line matters, as syslog numbers it.
    public enum Level: Int, Comparable, Sendable {
        case error = 3
        case warning = 4
        case info = 6
        case debug = 7

        public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
    }

    /// Lines that matter less are not written.
    public var threshold: Level
    private let isStructured: Bool
    private let identifier: String

    /// - Parameters:
    ///   - threshold: See ``threshold``.
    ///   - identifier: The program's name.
    public init(threshold: Level = .info, identifier: String = "touchlined") {
        (self.threshold, self.identifier) = (threshold, identifier)
        isStructured = Self.isStandardErrorTheJournal
    }

    /// Writes one line. `fields` are named in upper case, as the journal wants them; only the journal gets
    /// them.
    ///
    /// Control characters become spaces: text from a sensor must not forge a line of its own.
    public func write(_ level: Level, _ message: String, _ fields: [(name: String, value: String)] = []) {
        guard level <= threshold else { return }
        let line = ServiceState.oneLine(message)
        guard isStructured else {
            let bytes = Array((line + "\n").utf8)
            _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
            return
        }
        var entries = ["MESSAGE=" + line, "PRIORITY=\(level.rawValue)", "SYSLOG_IDENTIFIER=\(identifier)"]
        entries += fields.map { "\($0.name)=\(ServiceState.oneLine($0.value))" }
        let lengths = entries.map(\.utf8.count)
        var bytes = entries.flatMap { Array($0.utf8) }
        bytes.withUnsafeMutableBytes { bytes in
            var start = 0
            let vectors = lengths.map { length in
                defer { start += length }
                return iovec(iov_base: bytes.baseAddress! + start, iov_len: length)
            }
            _ = sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }

    /// `$JOURNAL_STREAM` names the device and inode of the stream that systemd gave us; a redirect changes
    /// them.
    private static var isStandardErrorTheJournal: Bool {
        guard let text = getenv("JOURNAL_STREAM") else { return false }
        let parts = String(cString: text).split(separator: ":").compactMap { UInt64($0) }
        var status = stat()
        guard parts.count == 2, fstat(STDERR_FILENO, &status) == 0 else { return false }
        return UInt64(status.st_dev) == parts[0] && UInt64(status.st_ino) == parts[1]
    }
}
