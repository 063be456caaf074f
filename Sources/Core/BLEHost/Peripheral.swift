public import Wire

/// A sensor with Bluetooth as the central knows it.
public struct Peripheral: Hashable, Sendable {
    public let sensor: SensorID
    public internal(set) var name: String?
    public internal(set) var services: [AttributeUUID] = []
    public internal(set) var counters = Counters()

    /// What happened to its links.
    public struct Counters: Hashable, Sendable {
        public var connects: UInt64 = 0
        public var losses: UInt64 = 0
        public var failures: UInt64 = 0
        /// Subscriptions made anew because values stopped.
        public var rearms: UInt64 = 0
        /// Links given up because values stopped.
        public var stalls: UInt64 = 0
        /// Caches that bluetoothd had to forget.
        public var staleCaches: UInt64 = 0
    }

    var sightings: [Sighting] = []
    var phase = Phase.idle
    /// The adapter of the link, and the characteristics wanted over it.
    var adapter: Int?
    var plan: [Planned] = []
    /// When the phase has to be over.
    var deadline: Instant?
    /// No attempt before this time, nor on a sighting from before ``lostAt``.
    var retryAt: Instant?
    var lostAt: Instant?
    /// Failed attempts in a row, and those of them that were aborted links.
    var attempts = 0
    var aborts = 0
    var isCacheCleared = false
    /// That it wants to be paired was dealt with: by pairing, or by saying that this is not allowed.
    var isPairingTold = false
    /// How long a link may stay without a value before it is given up; grows while it does not help.
    var stallPatience = Peripheral.stallPatienceMinimum

    static let stallPatienceMinimum = 12 * Nanoseconds.second

    enum Phase: Hashable, Sendable {
        case idle, connecting, resolving, subscribing, live, closing
    }

    /// How one adapter sees it.
    struct Sighting: Hashable, Sendable {
        let adapter: Int
        let path: String
        /// dBm, smoothed.
        var strength: Double
        var seen: Instant
        var isConnected = false
        var isResolved = false
    }

    /// One characteristic over the running link.
    struct Planned: Hashable, Sendable {
        let path: String
        let interest: Interest.Characteristic
        let canNotify: Bool
        let canRead: Bool
        var subscription: Subscription?
        var isRead = false
        /// The newest value, or when it was subscribed to.
        var lastValue: Instant?
        var isRearmed = false
    }

    init(sensor: SensorID) { self.sensor = sensor }

    public var isLinked: Bool { phase == .live }

    func sighting(on adapter: Int) -> Int? { sightings.firstIndex { $0.adapter == adapter } }

    /// Whether it can be connected to by an adapter: seen there a moment ago, and since the last link ended.
    /// One that is connected there already, for whatever reason, is not seen any more and is taken over.
    func canConnect(on adapter: Int, at time: Instant) -> Bool {
        guard phase == .idle, let index = sighting(on: adapter), retryAt.map({ $0 <= time }) ?? true else {
            return false
        }
        let seen = sightings[index].seen
        return sightings[index].isConnected
            || time - seen <= Self.freshness && lostAt.map { seen > $0 } ?? true
    }

    /// A sighting older than this says little about who is there: bluetoothd gives up on an absent device
    /// after 41 s only.
    static let freshness = 15 * Nanoseconds.second
}
