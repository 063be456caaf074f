import Engine
import Messages
import Outbox
import Wire

/// The store as its callers see it: positions, cursors and anchors that survive the process.
struct ScriptedStore {
    /// In order; the message at index i has position i + 1.
    private(set) var messages: [StoredMessage] = []
    /// Everything below is acknowledged, as far as it was written down.
    private(set) var cursor: UInt64 = 1
    /// Everything below has an anchor.
    private(set) var deliverable: UInt64 = 1
    /// Drafts of a commit that was stored and reported as failed, and the position of the first of them.
    private var doubt: (first: UInt64, drafts: [MessageDraft])?

    private static let identity = StreamIdentity(stream: UUID(high: 1, low: 2), gateway: "world")

    var next: UInt64 { UInt64(messages.count) + 1 }

    /// Stores what is not stored yet. Returns what was added.
    mutating func commit(_ request: CommitRequest, boot: BootID, isDoubtful: Bool) -> [StoredMessage] {
        let landed = landedDrafts(of: request.drafts)
        let first = next
        for draft in request.drafts.dropFirst(landed) {
            messages.append(
                StoredMessage(
                    position: next,
                    lastPosition: next,
                    identity: Self.identity,
                    seq: next,
                    kind: draft.kind,
                    boot: boot,
                    time: draft.time,
                    body: draft.body,
                    anchor: request.anchor
                )
            )
        }
        doubt = isDoubtful ? (first - UInt64(landed), request.drafts) : nil
        if let cursor = request.cursors["mqtt"] { self.cursor = cursor }
        advanceDeliverable()
        return Array(messages[Int(first - 1)...])
    }

    private func landedDrafts(of drafts: [MessageDraft]) -> Int {
        guard let doubt, next > doubt.first else { return 0 }
        let landed = doubt.drafts.prefix(Int(next - doubt.first))
        let longest = min(landed.count, drafts.count)
        return (0...longest).reversed().first { landed.suffix($0).elementsEqual(drafts.prefix($0)) } ?? 0
    }

    /// Anchors what waits of the anchor's boot.
    mutating func anchor(_ anchor: Anchor) {
        for index in Int(deliverable - 1)..<messages.count
        where messages[index].anchor == nil && messages[index].boot == anchor.boot {
            messages[index].anchor = anchor
        }
        advanceDeliverable()
    }

    /// What waits of boots before `boot`, oldest first.
    func pastBoots(before boot: BootID) -> [PastBoot] {
        var boots: [PastBoot] = []
        var after = deliverable > 1 ? utc(of: messages[Int(deliverable - 2)]) : nil
        for message in messages[Int(deliverable - 1)...] where message.boot != boot {
            if message.anchor != nil {
                after = utc(of: message)
            } else if boots.last?.boot == message.boot {
                boots[boots.count - 1].last = message.time
            } else {
                boots.append(
                    PastBoot(boot: message.boot, first: message.time, last: message.time, after: after)
                )
            }
        }
        return boots
    }

    private func utc(of message: StoredMessage) -> Nanoseconds? { message.anchor?.utc(at: message.time) }

    func load(from position: UInt64, count: Int) -> [StoredMessage] {
        guard position < deliverable else { return [] }
        return Array(messages[Int(position - 1)..<Int(deliverable - 1)].prefix(count))
    }

    /// The process is gone, and with it what it remembered.
    mutating func close() { doubt = nil }

    private mutating func advanceDeliverable() {
        while deliverable < next, messages[Int(deliverable - 1)].anchor != nil { deliverable += 1 }
    }
}

/// What the storage thread has to do, one after the other.
struct StoreTask {
    enum Work {
        case commit(CommitRequest)
        case anchor(Anchor)
        case load(from: UInt64, count: Int)
    }

    enum Outcome { case done, failed, doubtful }

    let work: Work
    let outcome: Outcome
    /// When it was asked for, and when the storage thread begins with it.
    let asked, start: Instant
}
