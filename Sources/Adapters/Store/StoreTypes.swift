public import Messages
public import Wire

/// What the store must know before it opens.
public struct StoreOptions: Hashable, Sendable {
    /// The gateway's slug; part of every message, so another one begins another stream.
    public var gateway: String
    /// The hash of the machine id. On another machine (a cloned card) a new stream begins.
    public var machine: String
    /// The running boot.
    public var boot: BootID
    /// The most that the store may hold, `-wal` included. Default: `store.max_size`, 4 GiB.
    public var maxBytes: UInt64 = 4 << 30
    /// Free space of the file system that the store leaves alone. Default: `store.reserve`, 512 MiB.
    public var reserveBytes: UInt64 = 512 << 20
    /// How long a message is kept after every uplink acknowledged it. Default: `store.retention`, 30 days.
    public var retention: Nanoseconds = 30 * 24 * .hour
    /// The SQLite file system to use; `nil` is the operating system's. Tests put faults there.
    public var vfs: String?

    public init(gateway: String, machine: String, boot: BootID) {
        (self.gateway, self.machine, self.boot) = (gateway, machine, boot)
    }
}

/// What the outside is told about the store: an event, a log line, a counter.
public enum StoreIncident: Hashable, Sendable {
    /// Why a stream began.
    public enum StreamReason: Hashable, Sendable {
        /// There was no store.
        case created
        /// The card came from another machine.
        case otherMachine
        /// The gateway has another id.
        case otherGateway
        /// The store before was set aside.
        case setAside
    }

    case newStream(StreamReason)
    /// A store that could not be used stands aside under `path`; nothing of it was deleted.
    case setAside(path: String, reason: String)
    /// The last stop was not clean; what was committed is there, and a check runs in slices.
    case recovered
    /// The message at `position` no longer has the bytes that were committed. It was moved to the
    /// quarantine and a withdrawal stands in its place.
    case rotten(position: UInt64)
}

/// What opening found. Positions count from 1 over all streams.
public struct Opening: Hashable, Sendable {
    /// Whose messages the next ones will be.
    public var identity: StreamIdentity
    /// The oldest kept message; equal to ``next`` when there is none.
    public var oldest: UInt64
    /// The position of the next message.
    public var next: UInt64
    /// Every message below may leave: it has its anchor or needs none.
    public var deliverable: UInt64
    /// The newest acknowledged position of every configured uplink. One less than ``oldest`` for a new name.
    /// Where it is smaller still, a detached uplink came back to a gap.
    public var cursors: [String: UInt64]
    /// The same for names that are no longer configured; they hold nothing back.
    public var detached: [String: UInt64]
    public var wasClean: Bool
    /// Boots with messages that wait for an anchor, oldest first.
    public var waiting: [WaitingBoot]
    public var incidents: [StoreIncident]
}

/// Messages of one boot that have no anchor yet, and what bounds their time.
public struct WaitingBoot: Hashable, Sendable {
    public var boot: BootID
    /// The times of the first and the newest such message, on the clock of that boot.
    public var first: Instant
    public var last: Instant
    /// UTC of the newest message before them that has an anchor.
    public var after: Nanoseconds?
}

/// What a commit made real.
public struct Receipt: Hashable, Sendable {
    /// The position of the first draft; equal to ``next`` when there was none.
    public var first: UInt64
    /// As in ``Opening``.
    public var next: UInt64
    public var deliverable: UInt64
    public var oldest: UInt64
    /// The bytes of the store's files, `-wal` included.
    public var bytes: UInt64
    /// Messages that were delivered and are now gone.
    public var expired: UInt64
    /// Messages that were not delivered and had to go: withdrawals stand in their place.
    public var withdrawn: UInt64
    /// Not `nil` when the store had to be opened again since the last receipt. Cursors and positions stay
    /// true.
    public var reopened: Opening?
    /// What happened since the last receipt, ``reopened`` apart. At most 64; more are dropped.
    public var incidents: [StoreIncident]
}

/// How far the check after an unclean stop has come.
public struct CheckProgress: Hashable, Sendable {
    /// Messages of this slice.
    public var checked: Int
    /// Positions that are left; 0 when the check is done or none was due.
    public var remaining: UInt64
}

/// What `touchline verify` found.
public struct VerifyReport: Hashable, Sendable {
    /// Messages that were read, withdrawals included.
    public var messages: UInt64 = 0
    /// Messages that withdrawals speak for.
    public var withdrawn: UInt64 = 0
    public var streams: Int = 0
    /// One sentence for each fault; at most ``findingsMaximum``. Empty when the store is sound.
    public var findings: [String] = []

    /// A store in ruins has a finding for every row; nobody reads more than these.
    public static let findingsMaximum = 100

    mutating func add(_ finding: String) {
        if findings.count < Self.findingsMaximum { findings.append(finding) }
    }
}
