public import Wire

/// The delivery promise of the gateway: every durable message reaches its receiver at least once, in order.
///
/// One outbox drives one uplink. A pure state machine: it opens no socket, reads no clock and starts no
/// timer; it is told what happened and answers what to do. The daemon carries out the answers against a
/// real broker, the simulator against a scripted one in virtual time.
///
/// - Messages are known by position. Positions rise but may jump: a message that explains a withdrawn range
///   stands for all positions from ``Item/position`` to ``Item/lastPosition``.
/// - Publishes go out in order, at most a window of them unanswered. Answers may come in any order; the
///   cursor moves by contiguous acknowledgement alone and never backwards.
/// - A broken connection puts everything unacknowledged back, and it is published again in order.
/// - A refusal that may pass pauses the publishes for a back-off. A refusal that needs a human holds the
///   uplink: one message is tried every ``Settings/holdInterval`` and on ``Event/reload``.
///
/// After ``Command/disconnect`` or ``Event/lost``, later news of that connection must be dropped by the
/// caller: the outbox cannot tell connections apart.
public struct Outbox: Sendable {
    /// A place in the store's order of durable messages.
    public typealias Position = UInt64

    /// One durable message as the store describes it; the bytes stay with the caller.
    public struct Item: Hashable, Sendable {
        public let position: Position
        /// The last position that this message accounts for; `position` itself for most.
        public let lastPosition: Position
        /// The length of its payload.
        public let bytes: Int

        public init(position: Position, lastPosition: Position, bytes: Int) {
            (self.position, self.lastPosition, self.bytes) = (position, lastPosition, bytes)
        }
    }

    /// What a receiver's refusal asks for.
    public enum Refusal: Hashable, Sendable {
        /// It may pass: try again after a back-off.
        case retry
        /// Something must be put right first: hold the uplink.
        case hold
    }

    /// What happened.
    public enum Event: Hashable, Sendable {
        /// The time asked for by ``Command/wake(at:)`` has come, or any other time.
        case tick
        /// Everything below is committed and has its final bytes.
        case stored(deliverableBelow: Position)
        /// The attempt started by ``Command/connect`` succeeded; the peer takes so many unanswered messages.
        case connected(receiveMaximum: Int)
        /// The attempt failed, or the connection broke.
        case lost
        /// The answer to ``Command/load(from:count:)``: messages in order, at most as many as asked for.
        case loaded([Item])
        /// The other answer to it.
        case loadFailed
        /// The receiver has this message.
        case acknowledged(Position)
        /// The receiver answered and did not take it.
        case refused(Position, Refusal)
        /// The configuration was read again: whatever waits for a timer is tried at once.
        case reload
    }

    /// What to do about it.
    public enum Command: Hashable, Sendable {
        case connect
        case disconnect
        /// Answer with ``Event/loaded(_:)`` or ``Event/loadFailed``. One at a time.
        case load(from: Position, count: Int)
        case publish(Position)
        /// Everything below is acknowledged. To be made durable at leisure.
        case cursor(Position)
        /// The bytes of this message are not needed any more.
        case forget(Position)
        /// The uplink is held from now on. Told once.
        case hold
        /// The uplink is held no more. Told once.
        case resume
        /// Send ``Event/tick`` at this time. Replaces an earlier wish.
        case wake(at: Instant)
    }

    enum Link: Hashable, Sendable {
        case waiting(until: Instant)
        case connecting(since: Instant)
        case online(Connection)
    }

    struct Connection: Hashable, Sendable {
        let since: Instant
        /// Unanswered messages that the peer allows.
        let receiveMaximum: Int
        /// The oldest unanswered message, and since when it has been the oldest.
        var oldest: Position?
        var oldestSince: Instant
    }

    /// Whether messages may be published on an open connection.
    enum Flow: Hashable, Sendable {
        case open
        case paused(until: Instant)
        /// `probe` is the one message under way that will tell whether the receiver has changed its mind.
        case held(probe: Position?, next: Instant)
    }

    /// Whether the store owes an answer, and when it may be asked.
    enum Loading: Hashable, Sendable {
        case idle(notBefore: Instant)
        case asked
    }

    private(set) var settings: Settings
    var link: Link
    var flow = Flow.open
    var loading: Loading
    var queue: DeliveryQueue
    var backoff: Backoff
    var loadPause: Nanoseconds
    var bucket: TokenBucket
    var deliverableBelow: Position
    /// The wake-up that the caller knows of.
    var wake: Instant?

    /// - Parameters:
    ///   - cursor: Everything below it is acknowledged.
    ///   - deliverableBelow: Everything below it is committed and has its final bytes.
    ///   - settings: How this uplink delivers.
    ///   - seed: Draws the jitter of the back-off.
    ///   - now: The first attempt is asked for by the first ``Event/tick`` from here on.
    public init(cursor: Position, deliverableBelow: Position, settings: Settings, seed: UInt64, now: Instant)
    {
        self.settings = settings
        self.deliverableBelow = deliverableBelow
        link = .waiting(until: now)
        loading = .idle(notBefore: now)
        queue = DeliveryQueue(cursor: cursor)
        backoff = Backoff(minimum: settings.backoffMinimum, maximum: settings.backoffMaximum, seed: seed)
        loadPause = settings.backoffMinimum
        bucket = TokenBucket(perSecond: settings.rate, burst: settings.window, now: now)
    }

    /// Everything below is acknowledged.
    public var cursor: Position { queue.cursor }
    /// Whether a human is needed before messages flow again.
    public var isHeld: Bool { if case .held = flow { true } else { false } }

    /// Everything below `position` turns out to be acknowledged: the store opened later than the uplink
    /// began. Without effect once messages were loaded, and never backwards.
    public mutating func skip(to position: Position) {
        if queue.isEmpty, position > queue.cursor { queue = DeliveryQueue(cursor: position) }
    }

    /// Takes over other settings, for messages from now on; the pace of the back-off stays.
    public mutating func apply(_ settings: Settings, now: Instant) {
        guard settings != self.settings else { return }
        self.settings = settings
        bucket = TokenBucket(perSecond: settings.rate, burst: settings.window, now: now)
    }

    /// Takes in one event and returns what to do about it, in order.
    public mutating func handle(_ event: Event, now: Instant) -> [Command] {
        var commands: [Command] = []
        forgiveIfSteady(now: now)
        take(event, now: now, &commands)
        watchDeadlines(now: now, &commands)
        if case .online = link {
            publish(now: now, &commands)
            load(now: now, &commands)
        }
        noteOldest(now: now)
        if event == .tick { wake = nil }
        if let next = nextDeadline(now: now), next != wake {
            wake = next
            commands.append(.wake(at: next))
        }
        return commands
    }

    private mutating func take(_ event: Event, now: Instant, _ commands: inout [Command]) {
        switch event {
        case .tick:
            break
        case .stored(let position):
            deliverableBelow = max(deliverableBelow, position)
        case .connected(let receiveMaximum):
            guard case .connecting = link else { return }
            let maximum = max(1, receiveMaximum)
            link = .online(
                Connection(since: now, receiveMaximum: maximum, oldest: nil, oldestSince: now)
            )
        case .lost:
            if case .waiting = link { return }
            backOff(now: now)
        case .loaded(let items):
            finishLoad(queue.append(items, below: deliverableBelow, limit: settings.loadedMaximum), now: now)
        case .loadFailed:
            finishLoad(false, now: now)
        case .acknowledged(let position):
            acknowledge(position, &commands)
        case .refused(let position, let refusal):
            refuse(position, refusal, now: now, &commands)
        case .reload:
            reload(now: now)
        }
    }
}
