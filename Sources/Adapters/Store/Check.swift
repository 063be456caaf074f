internal import Messages
internal import SQLite
internal import Wire

extension Database {
    /// Checks checksums and density from `position` on, `count` records at most.
    ///
    /// Reading a record walks its leaf and overflow pages, so a run over all of them sees the pages that
    /// `PRAGMA quick_check` would see, but in slices: the pragma cannot stop half-way, and takes a minute
    /// for some gigabytes on a card.
    ///
    /// - Returns: Where the next slice begins, how many records this one had, and the rotten ones.
    func check(
        from position: UInt64,
        count: Int
    ) throws(SQLiteError) -> (next: UInt64, checked: Int, rotten: [UInt64]) {
        var rotten: [UInt64] = []
        var (checked, expected) = (0, position)
        var previousIsRotten = false
        let last = position.addingClamped(UInt64(count))
        let spans = try spans(from: position, through: last)
        var span = spans.startIndex
        let values: [SQLValue] = [.position(position), .integer(Int64(count))]
        try statements.load.readRows(values) { row throws(SQLiteError) in
            let record = Record(row)
            while span + 1 < spans.endIndex, spans[span + 1].first <= record.position { span += 1 }
            guard span < spans.endIndex else {
                throw .inconsistent("no span holds message \(record.position)")
            }
            // Withdrawals can make a run longer than its spans; the next slice goes on there.
            guard record.position <= last else { return false }
            let seq = try stream(of: spans[span]).seq(record.position)
            let isSound = record.isSound(seq: seq)
            if !isSound { rotten.append(record.position) }
            // A rotten record's extent is not known; the record behind it tells.
            guard
                checked == 0 || record.position == expected || previousIsRotten && record.position > expected
            else { throw .inconsistent("message \(expected) is missing") }
            expected = isSound ? record.last &+ 1 : record.position &+ 1
            previousIsRotten = !isSound
            checked += 1
            return true
        }
        return (expected, checked, rotten)
    }

    /// The check of every start, in constant time: the newest records are sound, which is where a power cut
    /// leaves its traces.
    ///
    /// - Returns: The rotten ones.
    func checkNewest() throws(SQLiteError) -> [UInt64] {
        var select = try connection.prepare("SELECT position FROM record ORDER BY position DESC LIMIT 16")
        var first: UInt64?
        try select.forEachRow([]) { row in first = row.position(0) }
        guard let first else { return [] }
        return try check(from: first, count: 16).rotten
    }
}
