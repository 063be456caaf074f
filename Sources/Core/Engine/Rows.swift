public import JSON
import Messages
import Twin
public import Wire

extension Engine {
    /// With nothing heard for this long no twin has anything left to tell, so that an empty stretch of time
    /// is stepped over at once. The longest staleness bound is 120 s.
    private static let quiet = 130 * Nanoseconds.second

    /// A century after the boot; a damaged capture may claim any time, and must not make time overflow.
    static let endOfTime = Instant(nanoseconds: 36_500 * 24 * .hour)

    /// Rows of the running commit interval, and events since the last one.
    struct Batch: Sendable {
        /// In the order in which seconds closed and athletes appeared.
        var rows: [(athlete: Int, session: Int?, row: Row)] = []
        /// When the interval began.
        var start: Instant

        init(start: Instant) {
            self.start = start
            rows.reserveCapacity(256)
        }
    }

    /// Closes every second that ends at or before `time`.
    mutating func closeSeconds(endingBy time: Instant) {
        let time = min(time, Self.endOfTime)
        while nextSecond <= time {
            closeSecond()
            skipQuiet(until: time)
        }
    }

    /// Closes every second that ends before `time`: a frame at T still counts in the second that T ends.
    mutating func closeSeconds(endingBefore time: Instant) {
        if nextSecond < time { closeSeconds(endingBy: time - 1) }
    }

    private mutating func closeSecond() {
        let time = nextSecond
        for index in athletes.indices {
            guard let row = athletes[index].twin.closeSecond(at: time) else { continue }
            athletes[index].latest = row
            guard settings.recordsOutsideSession || athletes[index].session != nil else { continue }
            counters.rows += 1
            batch.rows.append((index, athletes[index].session, row))
            commands.append(.live(athlete: index, row: row))
        }
        noteSilence(at: time)
        nextSecond = time + .second
        if time - batch.start >= settings.commitInterval { sealBatch(at: time) }
    }

    private mutating func skipQuiet(until time: Instant) {
        guard nextSecond - lastActivity > Self.quiet, nextSecond <= time else { return }
        nextSecond = nextSecond + (time - nextSecond) / .second * .second
        batch.start = nextSecond - .second
    }

    /// Packs the rows of the interval into messages and asks for a commit.
    mutating func sealBatch(at time: Instant) {
        batch.start = time
        if !batch.rows.isEmpty {
            for blocks in cut(blocks(), at: time) {
                let body = RecordBody.pack(blocks, time: time)
                enqueue(MessageDraft(kind: .record, time: time, body: body))
            }
            batch.rows.removeAll(keepingCapacity: true)
        }
        requestCommit(at: time)
    }

    /// Groups the rows by athlete; a change of sensors or session starts another block.
    private func blocks() -> [RecordBlock] {
        var blocks: [[RecordBlock]] = Array(repeating: [], count: athletes.count)
        for (athlete, session, row) in batch.rows {
            let session = session.map { sessions[$0].id }
            let open = blocks[athlete].count - 1
            if open >= 0, blocks[athlete][open].session == session,
                row.hasSameSensors(as: blocks[athlete][open].rows[0])
            {
                blocks[athlete][open].rows.append(row)
            } else {
                blocks[athlete].append(
                    RecordBlock(athlete: athletes[athlete].id, session: session, rows: [row])
                )
            }
        }
        return blocks.flatMap { $0 }
    }

    /// Cuts blocks into messages that stay below the largest payload. Only a single row may be larger.
    private func cut(_ blocks: [RecordBlock], at time: Instant) -> [[RecordBlock]] {
        let head = 320  // What stands around the blocks, with the longest slug and numbers.
        let anchor = clock.bestAnchor(boot: settings.boot, at: time)
        var writer = MessageWriter()
        var messages: [[RecordBlock]] = []
        var size = Int.max / 2
        var rest = Array(blocks.reversed())
        while let block = rest.popLast() {
            let bytes = writer.size(of: block, anchor: anchor) + 1
            if head + bytes > settings.payloadMaximum, block.rows.count > 1 {
                rest += block.halves.reversed()
                continue
            }
            if size + bytes > settings.payloadMaximum {
                messages.append([])
                size = head
            }
            messages[messages.count - 1].append(block)
            size += bytes
        }
        return messages
    }

    /// Adds a durable event; it leaves with the next commit, ahead of the rows of a second that still runs.
    public mutating func addEvent(
        _ type: String,
        at time: Instant,
        _ members: (inout JSONWriter) -> Void = { _ in }
    ) {
        enqueue(MessageDraft(kind: .event, time: time, body: EventBody.pack(type: type, members)))
    }
}

extension RecordBlock {
    /// The older and the newer half of the rows; at least two.
    fileprivate var halves: [RecordBlock] {
        [rows.prefix(rows.count / 2), rows.dropFirst(rows.count / 2)].map {
            RecordBlock(athlete: athlete, session: session, rows: Array($0))
        }
    }
}
