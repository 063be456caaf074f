import Engine
import Messages
import Wire

/// One life of the daemon: what is lost when it dies.
struct GatewayProcess {
    var engine: Engine
    let life: Int
    /// What the engine was told: everything below may leave.
    var deliverable: UInt64 = 1
    /// Messages that the uplink holds in memory.
    var loaded: [UInt64: StoredMessage] = [:]
    /// The times of rows that were made and are not in the store yet, oldest first, by athlete.
    var pending: [[Instant]] = []
    /// When the newest commit that the store took was asked for; at first the start.
    var lastDurableRequest: Instant
    var isCommitting = false
    /// When the store answered last; the next commit may be asked for at the same moment.
    var lastAnswer = Instant(nanoseconds: 0)
    /// The newest commit failed, or one has failed since the process was told to stop.
    var isFailing = false
    var hasStoreFailed = false
    /// The longest commit interval that was in force.
    var intervalMaximum: Nanoseconds = .second
    var isStopping = false
    /// When it was told to stop and the radios fell silent. Rows that close later say nothing new.
    var toldToStop = Instant(nanoseconds: 0)
    /// The cursors that moved while it stopped have been asked for.
    var hasFlushedTwice = false

    init(engine: Engine, life: Int, now: Instant) {
        (self.engine, self.life, lastDurableRequest) = (engine, life, now)
    }

    var pendingCount: Int { pending.reduce(0) { $0 + $1.count } }
    var oldestPending: Instant? { pending.compactMap(\.first).min() }
}

/// Whose rows follow each other in time.
struct RowKey: Hashable {
    let boot: BootID
    let athlete: String
}
