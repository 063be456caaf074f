internal import Messages
internal import SQLite
internal import Wire

extension Database {
    /// Records with what the spans say about them.
    struct Loaded {
        var messages: [StoredMessage] = []
        /// Positions of records that are not as they were committed.
        var rotten: [UInt64] = []
    }

    /// Messages from `position` on, in order, up to `count` of them or `bytes` of bodies, but at least one;
    /// up to the first that waits for an anchor. A withdrawal that began before `position` is cut there.
    ///
    /// A rotten message is answered as the withdrawal that ``quarantine(_:)`` is about to put in its place.
    func load(from position: UInt64, count: Int, bytes: Int) throws(SQLiteError) -> Loaded {
        var loaded = Loaded()
        var from = max(position, oldest)
        guard count > 0, from < deliverable else { return loaded }

        let records = try records(from: from, count: count, bytes: bytes)
        let spans = try spans(from: records.first?.position ?? from, through: records.last?.last ?? from)
        var span = spans.startIndex
        for (index, record) in records.enumerated() {
            while span + 1 < spans.endIndex, spans[span + 1].first <= record.position { span += 1 }
            guard span < spans.endIndex else { throw .inconsistent("no span holds message \(from)") }
            let stream = try stream(of: spans[span])

            var last = record.last
            let isSound = record.isSound(seq: stream.seq(record.position))
            if !isSound {
                last = index + 1 < records.endIndex ? records[index + 1].position &- 1 : record.position
                loaded.rotten.append(record.position)
            }
            // Dense: each record begins where the one before ended.
            guard record.position == from || index == 0 && record.position < from && last >= from else {
                throw .inconsistent("message \(from) is missing")
            }
            let isWithdrawal = record.isWithdrawal || !isSound
            guard isWithdrawal || spans[span].anchor != nil else { break }
            loaded.messages.append(
                StoredMessage(
                    position: from,
                    lastPosition: last,
                    identity: stream.identity,
                    seq: stream.seq(from),
                    kind: isWithdrawal ? .withdrawn : MessageKind(rawValue: record.kind) ?? .withdrawn,
                    boot: spans[span].boot,
                    time: isSound ? record.time : Instant(nanoseconds: 0),
                    body: isSound ? record.body : [WithdrawalReason.quarantine.rawValue],
                    anchor: spans[span].anchor
                )
            )
            if growing == record.position { growing = nil }
            from = last &+ 1
        }
        return loaded
    }

    private func records(from position: UInt64, count: Int, bytes: Int) throws(SQLiteError) -> [Record] {
        var records: [Record] = []
        var size = 0
        let values: [SQLValue] = [.position(position), .integer(Int64(count))]
        try statements.load.readRows(values) { row throws(SQLiteError) in
            let record = Record(row)
            size += record.body.count
            guard records.isEmpty || size <= bytes else { return false }
            records.append(record)
            return true
        }
        return records
    }

    /// Moves rotten records to the quarantine and puts withdrawals in their places.
    func quarantine(_ positions: [UInt64]) throws(SQLiteError) {
        try connection.transaction { () throws(SQLiteError) in
            for position in positions { try quarantine(position) }
        }
        try refresh()
    }

    private func quarantine(_ position: UInt64) throws(SQLiteError) {
        guard let span = try spans(from: position, through: position).last else {
            throw .inconsistent("no span holds message \(position)")
        }
        let stream = try stream(of: span)
        let seq = stream.seq(position)
        var keep = try connection.prepare(
            """
            INSERT OR REPLACE INTO quarantine
            SELECT position, ?2, kind, time, crc, body FROM record WHERE position = ?1
            """
        )
        try keep.run(.position(position), .position(seq))
        // Rot is rare. A disk that rots everything must not fill the store with it.
        try connection.execute(
            """
            DELETE FROM quarantine WHERE position <=
            (SELECT position FROM quarantine ORDER BY position DESC LIMIT 1 OFFSET 100)
            """
        )
        var following = try connection.prepare("SELECT min(position) FROM record WHERE position > ?")
        let end = try following.integer(.position(position)).map { UInt64(clamping: $0) } ?? position &+ 1
        try statements.deleteRange.run(.position(position), .position(position))
        try write(
            Record(
                withdrawing: position...max(position, end &- 1),
                seq: seq,
                time: Instant(nanoseconds: 0),
                reason: .quarantine
            )
        )
    }
}
