internal import Messages
internal import SQLite
internal import Wire

extension Store {
    /// Reads everything and says what is wrong. Changes nothing, and may run beside the daemon.
    ///
    /// - Throws: ``StoreError/unavailable(_:)`` when there is no store or it cannot be read. Damage is a
    ///   finding.
    public static func verify(directory: String) throws(StoreError) -> VerifyReport {
        let directory = StoreDirectory(path: directory)
        guard directory.databaseBytes() != nil else {
            throw .unavailable("there is no store in \(directory.path)")
        }
        var verification = Verification()
        do throws(SQLiteError) {
            let connection = try Connection(path: directory.database, access: .readOnly)
            try verification.run(on: connection)
        } catch {
            guard error.condition == .corrupt else { throw StoreError(error) }
            verification.report.add(error.description)
        }
        return verification.report
    }
}

/// A run over a whole store, within one snapshot of it.
private struct Verification {
    var report = VerifyReport()
    private var streams: [Int64: Stream] = [:]
    private var spans: [Span] = []
    private var oldest: UInt64 = 1
    private var next: UInt64 = 1

    mutating func run(on connection: borrowing Connection) throws(SQLiteError) {
        connection.setBusyTimeout(milliseconds: Schema.busyTimeout)
        try connection.execute("BEGIN")
        switch try Schema.recognise(connection) {
        case .foreign: return report.add("The file is no store.")
        case .newer: return report.add("A newer version wrote the store; this one cannot judge it.")
        case .older, .current: break
        }
        try checkIntegrity(connection)
        try readStreams(connection)
        try readSpans(connection)
        try readRecords(connection)
        try checkCursors(connection)
        try connection.execute("COMMIT")
    }

    private mutating func checkIntegrity(_ connection: borrowing Connection) throws(SQLiteError) {
        var words: [String] = []
        var check = try connection.prepare("PRAGMA integrity_check")
        try check.forEachRow([]) { row in words.append(row.text(0)) }
        for word in words where word != "ok" { report.add("SQLite: \(word)") }
    }

    private mutating func readStreams(_ connection: borrowing Connection) throws(SQLiteError) {
        var streams: [Int64: Stream] = [:]
        var previous: UInt64 = 0
        var isInOrder = true
        var select = try connection.prepare(
            "SELECT id, first, uuid, gateway, machine FROM stream ORDER BY id"
        )
        try select.readRows([]) { row throws(SQLiteError) in
            let stream = try Stream(row)
            streams[stream.id] = stream
            isInOrder = isInOrder && stream.first >= max(previous, 1)
            previous = stream.first
            return true
        }
        if streams.isEmpty { report.add("There is no stream.") }
        if !isInOrder { report.add("The streams do not begin one behind the other.") }
        (self.streams, next) = (streams, max(previous, 1))
        report.streams = streams.count
    }

    private mutating func readSpans(_ connection: borrowing Connection) throws(SQLiteError) {
        var spans: [Span] = []
        var select = try connection.prepare(
            "SELECT first, stream, boot, at, utc, error, source FROM span ORDER BY first"
        )
        try select.readRows([]) { row throws(SQLiteError) in
            spans.append(try Span(row))
            return true
        }
        for span in spans where streams[span.stream] == nil {
            report.add("The span at \(span.first) belongs to no stream.")
        }
        self.spans = spans
    }

    /// Checksums, and numbers that are dense within each stream: 1, 2, 3, … or explained by a withdrawal.
    private mutating func readRecords(_ connection: borrowing Connection) throws(SQLiteError) {
        var span = spans.startIndex
        var expected: UInt64?
        var select = try connection.prepare(
            "SELECT position, last_position, kind, time, crc, body FROM record ORDER BY position"
        )
        var report = report
        try select.readRows([]) { row throws(SQLiteError) in
            let record = Record(row)
            report.messages += 1
            while span + 1 < spans.endIndex, spans[span + 1].first <= record.position { span += 1 }
            guard span < spans.endIndex, spans[span].first <= record.position,
                let stream = streams[spans[span].stream]
            else {
                report.add("Message \(record.position) lies in no span.")
                return true
            }
            let seq = stream.seq(record.position)
            let name = "\(record.position) (\(stream.identity.stream) \(seq))"
            if let expected, record.position != expected {
                report.add(
                    record.position > expected
                        ? "Before message \(name) \(record.position - expected) are missing."
                        : "Message \(name) is there twice."
                )
            }
            if !record.isSound(seq: seq) {
                report.add("Message \(name) is not as it was committed.")
            } else if record.isWithdrawal {
                report.withdrawn += record.last - record.position + 1
            }
            expected = max(record.last, record.position) &+ 1
            return true
        }
        self.report = report
        oldest = UInt64(
            clamping: try connection.integer("SELECT min(position) FROM record") ?? Int64(clamping: next)
        )
        next = max(next, expected ?? 0)
    }

    private mutating func checkCursors(_ connection: borrowing Connection) throws(SQLiteError) {
        var cursors: [(uplink: String, position: UInt64)] = []
        var select = try connection.prepare("SELECT uplink, position FROM cursor ORDER BY uplink")
        try select.forEachRow([]) { row in cursors.append((row.text(0), row.position(1))) }
        for (uplink, position) in cursors {
            if position >= next {
                report.add(
                    "The uplink \(uplink) acknowledged \(position); the newest message is \(next - 1)."
                )
            } else if position + 1 < oldest {
                report.add("The uplink \(uplink) misses \(position + 1) to \(oldest - 1): they are gone.")
            }
        }
    }
}
