public import Wire

/// What a durable message is. Raw values are stored.
public enum MessageKind: UInt8, Hashable, Sendable {
    case record = 1
    case event
    /// Stands where messages had to be dropped, and says so.
    case withdrawn
}

/// Why messages were withdrawn. Raw values are stored.
public enum WithdrawalReason: UInt8, Hashable, Sendable {
    case bound = 1
    case quarantine, erased

    public var name: String {
        switch self {
        case .bound: "bound"
        case .quarantine: "quarantine"
        case .erased: "erased"
        }
    }
}

/// A durable message on its way to the store: no number yet, no wall-clock time yet.
public struct MessageDraft: Hashable, Sendable {
    public var kind: MessageKind
    /// The newest moment that the body speaks of.
    public var time: Instant
    /// The packed form: ``RecordBody`` or ``EventBody``.
    public var body: [UInt8]

    public init(kind: MessageKind, time: Instant, body: [UInt8]) {
        (self.kind, self.time, self.body) = (kind, time, body)
    }
}

/// Whose messages these are. Fixed when a stream begins, so that a resent message has the same bytes.
public struct StreamIdentity: Hashable, Sendable {
    public var stream: UUID
    public var gateway: String

    public init(stream: UUID, gateway: String) { (self.stream, self.gateway) = (stream, gateway) }
}

/// A durable message as the store holds it. Its bytes on the wire follow from it alone.
public struct StoredMessage: Hashable, Sendable {
    /// Where it stands in the store: 1, 2, 3, … over all streams. Cursors are positions.
    public var position: UInt64
    /// The newest position that it speaks for: its own, or for a withdrawal the last one withdrawn.
    public var lastPosition: UInt64
    public var identity: StreamIdentity
    /// Its number within the stream.
    public var seq: UInt64
    public var kind: MessageKind
    public var boot: BootID
    public var time: Instant
    /// Packed; for a withdrawal the one byte of its ``WithdrawalReason``.
    public var body: [UInt8]
    /// `nil` while the message waits for a clock.
    public var anchor: Anchor?

    public init(
        position: UInt64,
        lastPosition: UInt64,
        identity: StreamIdentity,
        seq: UInt64,
        kind: MessageKind,
        boot: BootID,
        time: Instant,
        body: [UInt8],
        anchor: Anchor?
    ) {
        (self.position, self.lastPosition, self.identity) = (position, lastPosition, identity)
        (self.seq, self.kind, self.boot, self.time) = (seq, kind, boot, time)
        (self.body, self.anchor) = (body, anchor)
    }
}
