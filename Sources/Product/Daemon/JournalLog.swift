internal import Synchronization
public import Systemd

/// The journal with the message ids of this daemon, one for each kind of line.
public final class JournalLog: Sendable {
    /// What a line is about; `TOUCHLINE_EVENT` in the journal, to filter by.
    enum Topic: String {
        case started, stopping, reload, engine, bluetooth
        case storeFailed = "store_failed"
        case storeSetAside = "store_set_aside"
        case storeRecovered = "store_recovered"
        case storeRotten = "store_rotten"
        case storeChecked = "store_checked"
        case streamNew = "stream_new"
        case uplinkNone = "uplink_none"
        case uplinkFailed = "uplink_failed"
        case uplinkOnline = "uplink_online"
        case uplinkLost = "uplink_lost"
        case uplinkHeld = "uplink_held"
        case captureFailed = "capture_failed"
        case roster, stick
    }

    private let journal = Journal(threshold: .debug)
    private let threshold: Atomic<Int>

    public init(threshold: Journal.Level) { self.threshold = Atomic(threshold.rawValue) }

    /// Lines that matter less are not written from now on.
    func setThreshold(_ level: Journal.Level) { threshold.store(level.rawValue, ordering: .relaxed) }

    func write(
        _ level: Journal.Level,
        _ message: String,
        id topic: Topic,
        _ fields: [(name: String, value: String)] = []
    ) {
        guard level.rawValue <= threshold.load(ordering: .relaxed) else { return }
        journal.write(level, message, [("TOUCHLINE_EVENT", topic.rawValue)] + fields)
    }
}
