internal import Messages
internal import SQLite
internal import Wire

/// A run of positions that share stream, boot and anchor. It ends where the next span begins.
struct Span: Hashable {
    var first: UInt64
    /// The row of ``Stream``.
    var stream: Int64
    var boot: BootID
    var anchor: Anchor?

    /// Every stored time lies in 0 ... 4e18 ns: 126 years, and sums of two do not overflow.
    static let times: ClosedRange<Int64> = 0...4_000_000_000_000_000_000

    /// Reads `first, stream, boot, at, utc, error, source`. Rotten values are refused here, so that
    /// nothing behind has to doubt them.
    init(_ row: borrowing Row) throws(SQLiteError) {
        let first = row.position(0)
        guard let boot = BootID(row.text(2)) else { throw .inconsistent("span \(first): no boot id") }
        (self.first, stream, self.boot) = (first, row.integer(1), boot)
        guard !row.isNull(3) else { return }
        guard Self.times.contains(row.integer(3)), Self.times.contains(row.integer(4)),
            row.isNull(5) || Self.times.contains(row.integer(5)),
            let source = UInt8(exactly: row.integer(6)).flatMap(Anchor.Source.init(rawValue:))
        else { throw .inconsistent("span \(first): no anchor has these values") }
        anchor = Anchor(
            boot: boot,
            at: Instant(nanoseconds: row.integer(3)),
            utc: row.integer(4),
            error: row.isNull(5) ? nil : row.integer(5),
            source: source
        )
    }

    init(first: UInt64, stream: Int64, boot: BootID, anchor: Anchor?) {
        (self.first, self.stream, self.boot, self.anchor) = (first, stream, boot, anchor)
    }

    /// The four columns that an anchor fills.
    static func values(of anchor: Anchor?) -> [SQLValue] {
        guard let anchor else { return [.null, .null, .null, .null] }
        return [
            .integer(anchor.at.nanoseconds), .integer(anchor.utc),
            anchor.error.map(SQLValue.integer) ?? .null, .integer(Int64(anchor.source.rawValue)),
        ]
    }

    /// `false` for an anchor that could not be read back.
    static func canHold(_ anchor: Anchor) -> Bool {
        times.contains(anchor.at.nanoseconds) && times.contains(anchor.utc)
            && (anchor.error.map(times.contains) ?? true)
    }
}

/// A row of the table `stream`.
struct Stream: Hashable {
    var id: Int64
    /// The position of its message with `seq` 1.
    var first: UInt64
    var identity: StreamIdentity
    var machine: String

    /// The number of the message at `position`.
    func seq(_ position: UInt64) -> UInt64 { position &- first &+ 1 }

    /// Reads `id, first, uuid, gateway, machine`.
    init(_ row: borrowing Row) throws(SQLiteError) {
        guard let uuid = UUID(row.text(2)) else { throw .inconsistent("stream \(row.integer(0)): no UUID") }
        (id, first, machine) = (row.integer(0), row.position(1), row.text(4))
        identity = StreamIdentity(stream: uuid, gateway: row.text(3))
    }
}

/// A row of the table `record`.
struct Record: Hashable {
    var position: UInt64
    var last: UInt64
    /// As stored; only a ``MessageKind`` once the checksum has spoken for it.
    var kind: UInt8
    var time: Instant
    var crc: UInt32
    var body: [UInt8]

    /// Reads `position, last_position, kind, time, crc, body`.
    init(_ row: borrowing Row) {
        (position, last, body) = (row.position(0), row.position(1), row.blob(5))
        kind = UInt8(clamping: row.integer(2))
        time = Instant(nanoseconds: row.integer(3))
        crc = UInt32(truncatingIfNeeded: row.integer(4))
    }

    /// A record that is about to be stored under `seq`.
    init(_ draft: MessageDraft, position: UInt64, seq: UInt64) {
        self.init(
            kind: draft.kind,
            positions: position...position,
            seq: seq,
            time: draft.time,
            body: draft.body
        )
    }

    /// What stands in the place of `positions`.
    init(withdrawing positions: ClosedRange<UInt64>, seq: UInt64, time: Instant, reason: WithdrawalReason) {
        self.init(kind: .withdrawn, positions: positions, seq: seq, time: time, body: [reason.rawValue])
    }

    private init(
        kind: MessageKind,
        positions: ClosedRange<UInt64>,
        seq: UInt64,
        time: Instant,
        body: [UInt8]
    ) {
        (position, last) = (positions.lowerBound, positions.upperBound)
        (self.kind, self.time, self.body, crc) = (kind.rawValue, time, body, 0)
        crc = checksum(seq: seq)
    }

    /// CRC-32 over all that the message says, its number included, so that a record that slid to another
    /// place does not pass: seq, last_position - position, time (8 bytes each, little-endian), kind, body.
    func checksum(seq: UInt64) -> UInt32 {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(25 + body.count)
        for word in [seq, last &- position, UInt64(bitPattern: time.nanoseconds)] {
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        bytes.append(kind)
        bytes += body
        return CRC32.checksum(bytes)
    }

    var isWithdrawal: Bool { kind == MessageKind.withdrawn.rawValue }

    /// `true` when the record is as it was committed.
    func isSound(seq: UInt64) -> Bool {
        crc == checksum(seq: seq) && MessageKind(rawValue: kind) != nil && last >= position
            && (isWithdrawal || last == position) && Span.times.contains(time.nanoseconds)
    }
}

extension Row {
    /// A position; a negative one, which nothing wrote, reads as 0, which is none.
    borrowing func position(_ index: Int32) -> UInt64 { UInt64(clamping: integer(index)) }
}
