internal import Files

/// What a FIT activity says about the heart: intervals between beats, and heart rate by time.
///
/// - Source: FIT protocol 2.x as open decoders read it (header, CRC, definition and data messages,
///   compressed time stamps, developer fields); global messages 20 `record` and 78 `hrv`.
/// - Checked: counts and sums of fifteen real files against two independent readers.
public struct ActivityFile: Hashable, Sendable {
    /// One `record` message.
    public struct Record: Hashable, Sendable {
        /// Seconds since 1989-12-31T00:00:00Z; `nil` when the message has no time.
        public var time: UInt32?
        /// Beats per minute.
        public var heartRate: UInt8?
    }

    /// The largest file that is read.
    public static let byteCountMaximum = 64 << 20

    /// The intervals of all `hrv` messages in order, milliseconds.
    public private(set) var intervals: [UInt16] = []
    public private(set) var records: [Record] = []

    /// Reads the file at `path`.
    public init(path: String) throws(ActivityFileError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try File.contents(of: path, limit: Self.byteCountMaximum)
        } catch {
            throw .file(error)
        }
        try self.init(bytes: bytes, path: path)
    }

    /// Reads a file that is in memory: any bytes at all. Several activities may be joined.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - path: The name that errors carry.
    /// - Throws: ``ActivityFileError`` other than `file`.
    public init(bytes: [UInt8], path: String) throws(ActivityFileError) {
        var start = 0
        repeat {
            var messages = try FITMessages(bytes, from: start, path: path)
            while let message = try messages.next() {
                switch message.number {
                case 20: add(record: message)
                case 78: add(intervals: message)
                default: break
                }
            }
            start = messages.end
        } while start < bytes.count
    }

    /// Field 253 is the time, field 3 the heart rate; all bits set is no value.
    private mutating func add(record: FITMessage) {
        var entry = Record()
        if let value = record.unsigned(253, bytes: 4), value != 0xFFFF_FFFF { entry.time = UInt32(value) }
        if entry.time == nil { entry.time = record.compressedTime }
        if let value = record.unsigned(3, bytes: 1), value != 0xFF { entry.heartRate = UInt8(value) }
        records.append(entry)
    }

    /// Field 0 is an array of intervals in 1/1000 s; 65535 is no value.
    private mutating func add(intervals message: FITMessage) {
        guard let field = message.field(0) else { return }
        for offset in stride(from: 0, to: field.range.count - 1, by: 2) {
            let value = message.uint16(at: field.range.lowerBound + offset)
            if value != 0xFFFF { intervals.append(value) }
        }
    }
}
