public import Wire

/// A Bluetooth adapter as the central knows it. Known by its address: its name may be another one tomorrow.
public struct Adapter: Hashable, Sendable {
    /// Of the object that stands for it now.
    public internal(set) var path: String
    public internal(set) var address = ""
    public internal(set) var isPowered = false
    public internal(set) var role = Role.both
    public internal(set) var source: SourceIndex?
    /// Links that it held when it refused another one; `nil` while it refused none.
    public internal(set) var slots: Int?
    /// Steps taken to bring it back.
    public internal(set) var recoveries: UInt64 = 0

    public internal(set) var isPresent = true
    var discovery = Discovery.off
    /// What bluetoothd says, whoever started it.
    var isDiscovering = false
    /// Since when the discovery state holds.
    var discoverySince: Instant
    var hasFilter = false
    /// The peripheral that is being connected; the others wait for it.
    var busyWith: Int?
    /// When anything was heard, and how often since discovery began.
    public internal(set) var lastHeard: Instant?
    var heard: UInt64 = 0
    /// Steps taken against its silence in a row, and when the newest was.
    var cures = 0
    var lastCure: Instant?
    /// When the slots may be more again.
    var slotsUntil: Instant?
    /// Refusals in a row because something is in progress.
    var inProgress = 0
    /// Nothing is asked of it before this time.
    var pauseUntil: Instant?
    /// That it is off, and why, is in the log.
    var isOffTold = false

    enum Discovery: Hashable, Sendable { case off, starting, on, stopping }

    init(path: String, at time: Instant) {
        self.path = path
        discoverySince = time
    }

    /// The same adapter, back under this path: what was learned of it stays.
    mutating func comeBack(as path: String, at time: Instant) {
        (self.path, isPresent, isPowered) = (path, true, false)
        (discovery, discoverySince, isDiscovering) = (.off, time, false)
        (hasFilter, busyWith, lastHeard, heard) = (false, nil, nil, 0)
        (inProgress, pauseUntil) = (0, nil)
    }

    mutating func set(_ discovery: Discovery, at time: Instant) {
        guard discovery != self.discovery else { return }
        (self.discovery, discoverySince) = (discovery, time)
    }
}
