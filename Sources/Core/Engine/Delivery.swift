public import Messages
public import Outbox
public import Wire

/// What one transaction of the store takes.
public struct CommitRequest: Hashable, Sendable {
    public var drafts: [MessageDraft]
    /// The cursors that moved, by uplink: everything below is acknowledged.
    public var cursors: [String: UInt64]
    /// The anchor of new messages; `nil` while they wait.
    public var anchor: Anchor?
}

/// What a commit brought about.
public struct CommitReceipt: Hashable, Sendable {
    /// Everything below is committed and has an anchor.
    public var deliverableBelow: UInt64

    public init(deliverableBelow: UInt64) { self.deliverableBelow = deliverableBelow }
}

/// An uplink: the outbox that feeds it, and how far it has come.
public struct Uplink: Sendable {
    public let name: String
    public internal(set) var outbox: Outbox
    /// Everything below is acknowledged.
    public internal(set) var cursor: UInt64
    public internal(set) var isHeld = false
    /// When the outbox wants its time.
    var wake: Instant?
    var isCursorDirty = false
}

extension Engine {
    /// A cursor is written with a later commit, at most this late: a crash costs duplicates, never loss.
    static let cursorInterval = 10 * Nanoseconds.second
    /// Drafts that wait for a store which takes none: a bound in bytes, about an hour of a squad of 40.
    static let waitingBytesMaximum = 16 << 20

    struct Delivery: Sendable {
        /// Sealed and not yet committed, oldest first. The first `underWay` of them are being committed.
        var drafts: [MessageDraft] = []
        var bytes = 0
        var underWay = 0
        var isCommitting = false
        var deliverableBelow: UInt64 = 0
        var lastCursors: Instant?
        var isFailing = false
        /// Whether it was told that drafts are given up.
        var isDropping = false
        /// Anchors that a failing store did not take: asked for again with the next batch.
        var dueAnchors: [Anchor] = []
        var cursorsUnderWay: [String: UInt64] = [:]
    }

    /// Adds an uplink at the start.
    public mutating func addUplink(_ name: String, outbox: Outbox, cursor: UInt64, at time: Instant) {
        uplinks.append(Uplink(name: name, outbox: outbox, cursor: cursor))
        handle(.tick, uplink: uplinks.count - 1, at: time)
    }

    /// An uplink delivers in another way from now on.
    public mutating func apply(_ settings: Outbox.Settings, uplink index: Int, at time: Instant) {
        uplinks[index].outbox.apply(settings, now: time)
        handle(.tick, uplink: index, at: time)
    }

    /// Something happened to an uplink.
    public mutating func handle(_ event: Outbox.Event, uplink index: Int, at time: Instant) {
        for command in uplinks[index].outbox.handle(event, now: time) {
            switch command {
            case .wake(let at): uplinks[index].wake = at
            case .cursor(let position):
                uplinks[index].cursor = position
                uplinks[index].isCursorDirty = true
            case .hold:
                uplinks[index].isHeld = true
                commands.append(.uplink(index, command))
                addEvent("uplink.held", at: time) { [name = uplinks[index].name] in $0.member("uplink", name)
                }
            case .resume:
                uplinks[index].isHeld = false
                commands.append(.uplink(index, command))
                addEvent("uplink.resumed", at: time) { [name = uplinks[index].name] in
                    $0.member("uplink", name)
                }
            case .connect, .disconnect, .load, .publish, .forget: commands.append(.uplink(index, command))
            }
        }
    }

    /// The store opened, at the start or again: what it holds can go.
    ///
    /// `cursors` says by uplink what is acknowledged: everything below. Where that is ahead of what was known
    /// it counts.
    public mutating func opened(
        deliverableBelow: UInt64,
        cursors: [String: UInt64] = [:],
        at time: Instant
    ) {
        for index in uplinks.indices {
            guard let cursor = cursors[uplinks[index].name] else { continue }
            uplinks[index].outbox.skip(to: cursor)
            uplinks[index].cursor = max(uplinks[index].cursor, uplinks[index].outbox.cursor)
        }
        release(deliverableBelow, at: time)
    }

    /// The commit under way is durable.
    public mutating func committed(_ receipt: CommitReceipt, at time: Instant) {
        counters.messages += UInt64(delivery.underWay)
        delivery.bytes -= delivery.drafts.prefix(delivery.underWay).reduce(0) { $0 + $1.body.count }
        delivery.drafts.removeFirst(delivery.underWay)
        (delivery.underWay, delivery.isCommitting) = (0, false)
        for index in uplinks.indices {
            guard let written = delivery.cursorsUnderWay[uplinks[index].name] else { continue }
            if uplinks[index].cursor == written { uplinks[index].isCursorDirty = false }
        }
        if delivery.isFailing {
            (delivery.isFailing, delivery.isDropping) = (false, false)
            commands.append(.log(Notice(.info, "The store takes rows again.")))
        }
        release(receipt.deliverableBelow, at: time)
        if !delivery.drafts.isEmpty { requestCommit(at: time) }
    }

    /// The commit under way did not happen. Its drafts stay; the next second tries again.
    public mutating func commitFailed(at time: Instant) {
        counters.failedCommits += 1
        (delivery.underWay, delivery.isCommitting) = (0, false)
        delivery.isFailing = true
    }

    /// Waiting messages took an anchor.
    public mutating func anchored(deliverableBelow: UInt64, at time: Instant) {
        release(deliverableBelow, at: time)
    }

    /// Waiting messages took no anchor. The next batch asks for it again, or they would wait until the next
    /// start, and all that come behind them too.
    public mutating func anchorFailed(_ anchor: Anchor, at time: Instant) {
        delivery.dueAnchors.append(anchor)
    }

    private mutating func release(_ deliverableBelow: UInt64, at time: Instant) {
        delivery.deliverableBelow = max(delivery.deliverableBelow, deliverableBelow)
        for index in uplinks.indices {
            handle(.stored(deliverableBelow: delivery.deliverableBelow), uplink: index, at: time)
        }
    }

    /// Lines a draft up. When the store has taken nothing for too long the oldest draft that is not being
    /// committed goes: it never had a number.
    mutating func enqueue(_ draft: MessageDraft) {
        delivery.drafts.append(draft)
        delivery.bytes += draft.body.count
        while delivery.bytes > Self.waitingBytesMaximum, delivery.drafts.count > delivery.underWay + 1 {
            delivery.bytes -= delivery.drafts.remove(at: delivery.underWay).body.count
            counters.droppedDrafts += 1
            guard !delivery.isDropping else { continue }
            delivery.isDropping = true
            let text = "The store has taken nothing for so long that the oldest waiting messages are dropped."
            commands.append(.log(Notice(.warning, text)))
        }
    }

    /// Asks for a commit when there is something to write and none is under way.
    mutating func requestCommit(at time: Instant) {
        for anchor in delivery.dueAnchors { commands.append(.anchor(anchor)) }
        delivery.dueAnchors.removeAll()
        guard !delivery.isCommitting else { return }
        let isCursorTime = delivery.lastCursors.map { time - $0 >= Self.cursorInterval } ?? true
        var cursors: [String: UInt64] = [:]
        if isCursorTime {
            for uplink in uplinks where uplink.isCursorDirty { cursors[uplink.name] = uplink.cursor }
        }
        guard !delivery.drafts.isEmpty || !cursors.isEmpty else { return }
        if !cursors.isEmpty { delivery.lastCursors = time }
        delivery.isCommitting = true
        delivery.underWay = delivery.drafts.count
        delivery.cursorsUnderWay = cursors
        commands.append(
            .commit(CommitRequest(drafts: delivery.drafts, cursors: cursors, anchor: clock.anchor))
        )
    }

    /// Seals what there is and asks for the last commit, all cursors included: the gateway stops.
    public mutating func flush(at time: Instant) {
        closeSeconds(endingBy: time)
        delivery.lastCursors = nil
        sealBatch(at: nextSecond - .second)
    }

    /// Whether everything that was sealed is durable.
    public var isFlushed: Bool { delivery.drafts.isEmpty && !delivery.isCommitting }

    /// Sealed messages that wait for the store.
    public var waitingMessages: Int { delivery.drafts.count }
}
