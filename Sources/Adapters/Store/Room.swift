internal import Messages
internal import SQLite
internal import Wire

/// What may be let go.
struct Expiry: Hashable {
    /// Every configured uplink has acknowledged up to here.
    var acknowledged: UInt64
    /// Messages before this UTC have served their retention; `nil` where UTC is not known:
    /// nothing has an age.
    var before: Nanoseconds?
}

extension Database {
    /// Records that one transaction lets go at most: a commit stays short whatever has piled up.
    static let slice = 64
    /// As ``slice``, for messages that nobody has: enough that not each commit has to, and hardly more.
    static let withdrawalSlice = 16
    /// Slices that one commit waits for at most.
    static let slicesMaximum = 64

    /// In a transaction: deletes the oldest messages that are acknowledged and have served their retention.
    func expire(_ expiry: Expiry, most: Int) throws(SQLiteError) -> UInt64 {
        guard let before = expiry.before else { return 0 }
        return try deletePrefix(most: most) { record, span in
            guard record.last <= expiry.acknowledged else { return false }
            if record.isWithdrawal { return true }
            guard let anchor = span.anchor, Span.times.contains(record.time.nanoseconds) else { return false }
            return anchor.utc(at: record.time) < before
        }
    }

    /// Makes room for `need` bytes: acknowledged messages go first, the oldest before the newer; then
    /// the oldest that are not acknowledged, and withdrawals take their places.
    ///
    /// Each slice is a transaction of its own. Of what is acknowledged more goes than is needed, so that the
    /// next commits need none.
    ///
    /// - Returns: How many messages went each way, and whether there is room now.
    func makeRoom(
        for need: UInt64,
        acknowledged: UInt64
    ) throws(SQLiteError) -> (expired: UInt64, withdrawn: UInt64, suffices: Bool) {
        var (expired, withdrawn) = (UInt64(0), UInt64(0))
        guard try !hasRoom(for: need) else { return (0, 0, true) }
        // A long reader keeps the log from starting over. Nobody's messages go because the log is fat.
        if directory.walBytes() > 2 * Schema.walBytes {
            connection.setBusyTimeout(milliseconds: 0)
            defer { connection.setBusyTimeout(milliseconds: Schema.busyTimeout) }
            try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if try hasRoom(for: need) { return (0, 0, true) }
        }
        let target = need + min(256 << 10, options.maxBytes / 16)
        for _ in 0..<Self.slicesMaximum {
            let isShort = try !hasRoom(for: need)
            let gone = try connection.transaction { () throws(SQLiteError) -> (UInt64, UInt64) in
                let expired = try deletePrefix(most: Self.slice) { record, _ in record.last <= acknowledged }
                guard expired == 0, isShort else { return (expired, 0) }
                return (0, try withdrawOldest(most: Self.withdrawalSlice))
            }
            try refresh()
            (expired, withdrawn) = (expired + gone.0, withdrawn + gone.1)
            if try hasRoom(for: target) { return (expired, withdrawn, true) }
            if gone == (0, 0) { break }
        }
        return (expired, withdrawn, try hasRoom(for: need))
    }

    /// What `drafts` will take, overflow pages and the pages above them included, rounded up.
    static func need(_ drafts: some Collection<MessageDraft>) -> UInt64 {
        // A record of up to about 480 bytes shares a page; a longer one has a page and overflow pages of 508.
        drafts.reduce(16 * pageSize) { $0 + (UInt64($1.body.count) / 508 + 2) * pageSize }
    }

    /// `true` when `need` bytes fit into free pages, or the file may grow by what does not.
    private func hasRoom(for need: UInt64) throws(SQLiteError) -> Bool {
        let free = UInt64(clamping: try statements.freePages.integer() ?? 0) &* Self.pageSize
        guard need > free else { return true }
        // Below the reserve the file grows no more. Where the system does not say, it is not known
        // to be full.
        if let left = directory.freeBytes(), left < options.reserveBytes.addingClamped(need) { return false }
        let file = UInt64(clamping: try statements.pageCount.integer() ?? 0) &* Self.pageSize
        let log = max(directory.walBytes(), Schema.walBytes.addingClamped(need))
        return file.addingClamped(log).addingClamped(need - free) <= options.maxBytes
    }

    /// In a transaction: deletes the oldest records while `mayGo`, at most `most`, never the newest.
    private func deletePrefix(
        most: Int,
        while mayGo: (Record, Span) -> Bool
    ) throws(SQLiteError) -> UInt64 {
        guard let newest, newest > oldest else { return 0 }
        var rows: [Record] = []
        let values: [SQLValue] = [.position(newest), .integer(Int64(most))]
        try statements.prefix.forEachRow(values) { row in rows.append(Record(head: row)) }
        guard let first = rows.first, let last = rows.last else { return 0 }
        let spans = try spans(from: first.position, through: last.last)
        var gone: Record?
        var count: UInt64 = 0
        for record in rows {
            guard let span = spans.last(where: { $0.first <= record.position }), mayGo(record, span) else {
                break
            }
            gone = record
            count += 1
        }
        guard let gone else { return 0 }
        try statements.deletePrefix.run(.position(gone.position))
        try statements.deleteSpans.run(.position(gone.last &+ 1))
        if connection.changes > 0 { try statements.deleteStreams.run() }
        return count
    }

    /// In a transaction: puts one withdrawal in the place of the oldest messages, at most `most`, of one
    /// stream, never the newest. It grows while nobody has seen it.
    private func withdrawOldest(most: Int) throws(SQLiteError) -> UInt64 {
        guard let newest else { return 0 }
        var rows: [Record] = []
        let values: [SQLValue] = [.position(oldest), .position(newest), .integer(Int64(most))]
        try statements.withdrawable.forEachRow(values) { row in rows.append(Record(head: row)) }
        guard let first = rows.first, let span = try spans(from: first.position, through: first.position).last
        else { return 0 }
        let stream = try stream(of: span)
        let streamEnd = streams.values.map(\.first).filter { $0 > first.position }.min() ?? .max

        var (begin, last, time) = (first.position, first.position &- 1, first.time)
        for row in rows where row.position == last &+ 1 && row.position < streamEnd {
            (last, time) = (row.last, max(time, row.time))
        }
        if let growing, growing >= stream.first, try lastPosition(of: growing) == begin &- 1 {
            begin = growing
        }
        guard last >= first.position else { throw .inconsistent("message \(first.position) is missing") }
        try statements.deleteRange.run(.position(begin), .position(last))
        try write(
            Record(withdrawing: begin...last, seq: stream.seq(begin), time: time, reason: .bound)
        )
        growing = begin
        return last &- first.position &+ 1
    }

    private func lastPosition(of position: UInt64) throws(SQLiteError) -> UInt64? {
        var select = try connection.prepare("SELECT last_position FROM record WHERE position = ?")
        return try select.integer(.position(position)).map { UInt64(clamping: $0) }
    }
}

extension Record {
    /// Reads `position, last_position, kind, time`; no body, and so no checksum.
    init(head row: borrowing Row) {
        (position, last, crc, body) = (row.position(0), row.position(1), 0, [])
        kind = UInt8(clamping: row.integer(2))
        time = Instant(nanoseconds: row.integer(3))
    }
}

extension UInt64 {
    /// The sum, or the largest value where it does not fit.
    func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
