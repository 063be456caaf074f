internal import Messages
internal import SQLite
internal import Wire

/// An open store: the connection, its prepared statements, and what is known of the content.
///
/// What it knows changes only after a transaction was committed (``refresh()``), so a failure leaves no
/// trace. After a failure of the disk it is dropped and another one opened.
final class Database {
    let connection: Connection
    let directory: StoreDirectory
    var options: StoreOptions
    var statements: Statements
    private(set) var streams: [Int64: Stream] = [:]
    /// The running stream, to which new messages belong.
    private(set) var stream: Stream
    private(set) var cursors: [String: UInt64] = [:]
    /// The oldest record, and where the next one goes. Equal when there is none.
    private(set) var oldest: UInt64 = 0
    private(set) var next: UInt64 = 0
    /// The newest record is never deleted: positions continue from it.
    private(set) var newest: UInt64?
    private(set) var deliverable: UInt64 = 0
    private(set) var lastSpan: Span?
    /// The withdrawal that may still grow: made in this run, and not yet handed to an uplink. What an uplink
    /// has seen keeps its bytes.
    var growing: UInt64?

    /// Takes over a store of the current version. Nothing is written yet.
    ///
    /// - Throws: ``SQLiteError/Condition/corrupt`` when a table is missing or there is no stream.
    init(
        _ connection: consuming Connection,
        directory: StoreDirectory,
        options: StoreOptions
    )
        throws(SQLiteError)
    {
        (self.directory, self.options) = (directory, options)
        let tables = try connection.integer(
            """
            SELECT count(*) FROM sqlite_schema WHERE type = 'table'
            AND name IN ('stream', 'span', 'record', 'cursor', 'quarantine', 'meta')
            """
        )
        guard tables == 6 else { throw .inconsistent("a table is missing") }
        statements = try Statements(connection)
        streams = try Self.streams(connection)
        guard let newest = streams.values.max(by: { $0.id < $1.id }) else {
            throw .inconsistent("there is no stream")
        }
        stream = newest
        self.connection = connection
        try readCursors()
        try refresh()
    }

    private static func streams(_ connection: borrowing Connection) throws(SQLiteError) -> [Int64: Stream] {
        var streams: [Int64: Stream] = [:]
        var select = try connection.prepare("SELECT id, first, uuid, gateway, machine FROM stream")
        try select.readRows([]) { row throws(SQLiteError) in
            let stream = try Stream(row)
            streams[stream.id] = stream
            return true
        }
        return streams
    }

    /// Reads the streams again, after one began.
    func readStreams() throws(SQLiteError) {
        streams = try Self.streams(connection)
        stream = streams.values.max { $0.id < $1.id } ?? stream
    }

    /// Begins a stream at `first`. Inside a transaction; ``refresh()`` does not undo it.
    static func beginStream(
        _ connection: borrowing Connection,
        at first: UInt64,
        options: StoreOptions
    ) throws(SQLiteError) {
        var generator = SystemRandomNumberGenerator()
        var insert = try connection.prepare(
            "INSERT INTO stream (first, uuid, gateway, machine) VALUES (?, ?, ?, ?)"
        )
        try insert.run(
            .position(first),
            .text(UUID.random(using: &generator).description),
            .text(options.gateway),
            .text(options.machine)
        )
    }

    /// Reads again what transactions change.
    func refresh() throws(SQLiteError) {
        var span: Span?
        try statements.lastSpan.readRows([]) { row throws(SQLiteError) in
            span = try Span(row)
            return false
        }
        var newest: (position: UInt64, last: UInt64)?
        try statements.newest.forEachRow([]) { row in newest = (row.position(0), row.position(1)) }
        let next = max(newest.map { $0.last &+ 1 } ?? 0, stream.first)
        let oldest = try statements.oldest.integer().map { UInt64(clamping: $0) } ?? next
        // Position 0 is what a negative one reads as; the upper bound keeps every sum below in range.
        guard oldest >= 1, oldest <= next, next < UInt64(Int64.max) else {
            throw .inconsistent("positions \(oldest) to \(next)")
        }
        if let newest {
            guard let span, span.first <= newest.position, streams[span.stream] != nil else {
                throw .inconsistent("no span holds the newest message")
            }
        }
        (lastSpan, self.newest, self.next, self.oldest) = (span, newest?.position, next, oldest)
        deliverable = try firstWaiting() ?? next
    }

    /// The first message that needs an anchor and has none.
    private func firstWaiting() throws(SQLiteError) -> UInt64? {
        guard try statements.waitingSpan.integer(.position(0)) != nil else { return nil }
        var from: UInt64 = 0
        while let first = try statements.waitingSpan.integer(.position(from)).map({ UInt64(clamping: $0) }) {
            let end = try statements.spanAfter.integer(.position(first)).map { UInt64(clamping: $0) } ?? next
            if end > oldest,
                let message = try statements.messageFrom.integer(.position(max(first, oldest))),
                UInt64(clamping: message) < end
            {
                return UInt64(clamping: message)
            }
            from = max(end, first &+ 1)
        }
        return nil
    }

    /// The spans that hold the positions `first ... last`, in order.
    func spans(from first: UInt64, through last: UInt64) throws(SQLiteError) -> [Span] {
        var spans: [Span] = []
        try statements.spans.readRows([.position(first), .position(last)]) { row throws(SQLiteError) in
            spans.append(try Span(row))
            return true
        }
        return spans
    }

    /// The stream of a span.
    func stream(of span: Span) throws(SQLiteError) -> Stream {
        guard let stream = streams[span.stream] else { throw .inconsistent("a span without its stream") }
        return stream
    }

    private func readCursors() throws(SQLiteError) {
        var cursors: [String: UInt64] = [:]
        var select = try connection.prepare("SELECT uplink, position FROM cursor")
        try select.forEachRow([]) { row in cursors[row.text(0)] = row.position(1) }
        self.cursors = cursors
    }

    /// Every one of `uplinks` has acknowledged up to here. Without uplinks there is nothing to wait for.
    func acknowledged(by uplinks: [String]) -> UInt64 { uplinks.map { cursors[$0] ?? 0 }.min() ?? .max }

    /// Remembers cursors that a committed transaction wrote.
    func remember(_ written: [String: UInt64]) { cursors.merge(written) { $1 } }

    func write(_ record: Record) throws(SQLiteError) {
        try statements.insert.run(
            .position(record.position),
            .position(record.last),
            .integer(Int64(record.kind)),
            .integer(record.time.nanoseconds),
            .integer(Int64(record.crc)),
            .blob(record.body)
        )
    }

    /// The bytes of the files.
    func bytes() throws(SQLiteError) -> UInt64 {
        let pages = try statements.pageCount.integer() ?? 0
        return UInt64(clamping: pages) &* Self.pageSize + directory.walBytes()
    }

    /// As ``Schema/prepareNew(_:)`` sets it.
    static let pageSize: UInt64 = 512
}

/// The statements of every second, compiled once.
struct Statements: ~Copyable {
    var insert, insertSpan, setCursor: Statement
    var newest, oldest, lastSpan, waitingSpan, spanAfter, messageFrom, spans, load: Statement
    var prefix, deletePrefix, deleteSpans, deleteStreams, withdrawable, deleteRange: Statement
    var anchor, pageCount, freePages: Statement
}

extension Statements {
    /// Compiled as arguments, because a throwing initialiser cannot fill noncopyable fields one by one.
    init(_ connection: borrowing Connection) throws(SQLiteError) {
        try self.init(
            insert: connection.prepare("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)"),
            insertSpan: connection.prepare("INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?)"),
            setCursor: connection.prepare("INSERT OR REPLACE INTO cursor VALUES (?, ?)"),
            newest: connection.prepare(
                "SELECT position, last_position FROM record ORDER BY position DESC LIMIT 1"
            ),
            oldest: connection.prepare("SELECT position FROM record ORDER BY position LIMIT 1"),
            lastSpan: connection.prepare(
                "SELECT first, stream, boot, at, utc, error, source FROM span ORDER BY first DESC LIMIT 1"
            ),
            waitingSpan: connection.prepare(
                "SELECT first FROM span WHERE at IS NULL AND first >= ? ORDER BY first LIMIT 1"
            ),
            spanAfter: connection.prepare("SELECT first FROM span WHERE first > ? ORDER BY first LIMIT 1"),
            messageFrom: connection.prepare(
                "SELECT position FROM record WHERE position >= ? AND kind <> 3 ORDER BY position LIMIT 1"
            ),
            spans: connection.prepare(
                """
                SELECT first, stream, boot, at, utc, error, source FROM span
                WHERE first >= coalesce((SELECT max(first) FROM span WHERE first <= ?1), 0) AND first <= ?2
                ORDER BY first
                """
            ),
            load: connection.prepare(
                """
                SELECT position, last_position, kind, time, crc, body FROM record
                WHERE position >= coalesce((SELECT max(position) FROM record WHERE position <= ?1), 0)
                ORDER BY position LIMIT ?2
                """
            ),
            prefix: connection.prepare(
                """
                SELECT position, last_position, kind, time FROM record
                WHERE position < ? ORDER BY position LIMIT ?
                """
            ),
            deletePrefix: connection.prepare("DELETE FROM record WHERE position <= ?"),
            deleteSpans: connection.prepare(
                "DELETE FROM span WHERE first < (SELECT max(first) FROM span WHERE first <= ?)"
            ),
            deleteStreams: connection.prepare("DELETE FROM stream WHERE id < (SELECT min(stream) FROM span)"),
            withdrawable: connection.prepare(
                """
                SELECT position, last_position, kind, time FROM record
                WHERE position >= ?1 AND position < ?2 AND kind <> 3 ORDER BY position LIMIT ?3
                """
            ),
            deleteRange: connection.prepare("DELETE FROM record WHERE position BETWEEN ? AND ?"),
            anchor: connection.prepare(
                "UPDATE span SET at = ?2, utc = ?3, error = ?4, source = ?5 WHERE boot = ?1 AND at IS NULL"
            ),
            pageCount: connection.prepare("PRAGMA page_count"),
            freePages: connection.prepare("PRAGMA freelist_count")
        )
    }
}

extension SQLValue {
    /// Positions stay far below 2^63; see ``Database/refresh()``.
    static func position(_ position: UInt64) -> SQLValue { .integer(Int64(clamping: position)) }
}
