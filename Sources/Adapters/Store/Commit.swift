internal import Messages
internal import SQLite
internal import Wire

extension Database {
    /// Stores drafts, cursors and the running boot's anchor, and lets go of what has expired: all or nothing.
    /// Without an anchor the messages wait. Returns how many messages expired.
    func commit(
        _ drafts: some Collection<MessageDraft>,
        cursors: [String: UInt64],
        anchor: Anchor?,
        expiry: Expiry
    ) throws(SQLiteError) -> UInt64 {
        // An upper bound keeps a wrong cursor from hiding messages that are yet to come.
        let cursors = cursors.mapValues { min($0, next &+ UInt64(drafts.count) &- 1) }
        let expired = try connection.transaction { () throws(SQLiteError) -> UInt64 in
            let expired = try expire(expiry, most: Self.slice)
            if !drafts.isEmpty { try beginSpan(at: next, anchor: anchor) }
            var position = next
            for draft in drafts {
                try write(Record(draft, position: position, seq: stream.seq(position)))
                position += 1
            }
            try write(cursors)
            return expired
        }
        remember(cursors)
        try refresh()
        return expired
    }

    /// In a transaction: from `position` on, messages have `anchor`.
    private func beginSpan(at position: UInt64, anchor: Anchor?) throws(SQLiteError) {
        let span = Span(first: position, stream: stream.id, boot: options.boot, anchor: anchor)
        if let lastSpan, lastSpan.stream == span.stream, lastSpan.boot == span.boot, lastSpan.anchor == anchor
        {
            return
        }
        let values: [SQLValue] = [.position(position), .integer(span.stream), .text(span.boot.description)]
        try statements.insertSpan.forEachRow(values + Span.values(of: anchor)) { _ in }
    }

    /// In a transaction: cursors. In the order of names, so that the same commits write the same bytes.
    func write(_ cursors: [String: UInt64]) throws(SQLiteError) {
        for (uplink, position) in cursors.sorted(by: { $0.key < $1.key }) {
            try statements.setCursor.run(.text(uplink), .position(position))
        }
    }

    /// Gives `anchor` to every message of its boot that waits for one.
    func anchor(_ anchor: Anchor) throws(SQLiteError) {
        try connection.transaction { () throws(SQLiteError) in
            try statements.anchor.forEachRow([.text(anchor.boot.description)] + Span.values(of: anchor)) {
                _ in
            }
        }
        try refresh()
    }

    /// Boots with waiting messages, oldest first.
    func waitingBoots() throws(SQLiteError) -> [WaitingBoot] {
        guard deliverable < next else { return [] }
        let spans = try spans(from: oldest, through: next)
        var waiting: [WaitingBoot] = []
        var after: Nanoseconds?
        for (index, span) in spans.enumerated() {
            let end = index + 1 < spans.endIndex ? spans[index + 1].first : next
            guard let first = try time(ofLast: false, from: max(span.first, oldest), below: end),
                let last = try time(ofLast: true, from: max(span.first, oldest), below: end)
            else { continue }
            if let anchor = span.anchor {
                after = anchor.utc(at: last)
            } else if let newest = waiting.last, newest.boot == span.boot {
                waiting[waiting.endIndex - 1].last = last
            } else {
                waiting.append(WaitingBoot(boot: span.boot, first: first, last: last, after: after))
            }
        }
        return waiting
    }

    /// The time of the first or the last message, withdrawals apart, at `from` or behind and below `end`.
    private func time(
        ofLast: Bool,
        from: UInt64,
        below end: UInt64
    ) throws(SQLiteError) -> Instant? {
        let bounds: [SQLValue] = [.position(from), .position(end)]
        var time: Int64?
        var select =
            ofLast
            ? try connection.prepare(
                """
                SELECT time FROM record WHERE position >= ? AND position < ? AND kind <> 3
                ORDER BY position DESC
                """
            )
            : try connection.prepare(
                """
                SELECT time FROM record WHERE position >= ? AND position < ? AND kind <> 3
                ORDER BY position
                """
            )
        try select.readRows(bounds) { row throws(SQLiteError) in
            time = row.integer(0)
            return false
        }
        return time.flatMap { Span.times.contains($0) ? Instant(nanoseconds: $0) : nil }
    }
}
