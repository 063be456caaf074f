import ANTHost
public import Messages
public import Outbox
import Profiles
public import Twin
public import Wire

/// The gateway as a value: what happened goes in, what to do about it comes out.
///
/// It decodes frames, keeps a twin for each athlete, closes a row each second, packs rows and events into
/// messages, and drives the outbox of every uplink. It opens nothing, reads no clock and knows no thread:
/// the daemon feeds it from real devices, the simulator from a scripted world in virtual time.
///
/// Frames go in by ``take(_:)``, everything else by the other methods. What there is to do is appended to
/// ``commands``; whoever feeds the engine carries them out, in order, and empties the list. Time never runs
/// backwards: an earlier time counts as the latest one seen.
public struct Engine: Sendable {
    public internal(set) var settings: Settings
    public internal(set) var counters = Counters()
    /// What there is to do, oldest first.
    public internal(set) var commands: [Command] = []

    public internal(set) var sensors: [Sensor] = []
    public internal(set) var athletes: [Athlete] = []
    public internal(set) var sessions: [Session] = []
    public internal(set) var uplinks: [Uplink] = []
    public internal(set) var clock: Clock

    /// The end of the running second, on the grid.
    public internal(set) var nextSecond: Instant

    var sensorIndex: [SensorID: Int] = [:]
    var athleteIndex: [String: Int] = [:]
    var assignments: [SensorID: Int] = [:]
    /// What sensors advertise as their names; they may be told before the first frame.
    var names: [SensorID: String] = [:]
    /// Which sensors are one strap.
    var pairing = Pairing()
    /// All streams; those of one sensor form a chain that starts at `firstStreams` of the sensor.
    var streams: [Stream] = []
    var firstStreams: [Int] = []
    var parsers: [FrameParser] = []
    /// By source index.
    var stampClocks: [StampClock] = []
    /// Reused for every frame.
    var readings: [Reading] = []

    var batch: Batch
    var delivery = Delivery()
    /// Boots whose messages still wait for a time.
    var pastBoots: [PastBoot] = []
    var lastActivity: Instant
    var random: SplitMix64

    /// - Parameters:
    ///   - settings: What the configuration says.
    ///   - start: The time of the start. The grid of seconds begins here: on a whole second of the system
    ///     clock, as the caller computes it.
    public init(settings: Settings, start: Instant) {
        self.settings = settings
        nextSecond = start + .second
        lastActivity = start
        clock = Clock(trust: settings.trust, maxWait: settings.clockMaxWait)
        batch = Batch(start: start)
        random = SplitMix64(seed: settings.seed)
        readings.reserveCapacity(64)
    }

    /// Takes over what can change while the gateway runs.
    public mutating func apply(_ settings: Settings) {
        var settings = settings
        (settings.gateway, settings.boot) = (self.settings.gateway, self.settings.boot)
        self.settings = settings
        (clock.trust, clock.maxWait) = (settings.trust, settings.clockMaxWait)
        applySensorSettings()
    }

    /// Hands over what there is to do. `buffer` is emptied and changes places with ``commands``, so that
    /// neither grows anew.
    public mutating func takeCommands(into buffer: inout [Command]) {
        buffer.removeAll(keepingCapacity: true)
        swap(&buffer, &commands)
    }

    /// It is `now`: closes the seconds that have passed and gives the outboxes their time.
    public mutating func advance(to now: Instant) {
        closeSeconds(endingBy: now)
        for index in uplinks.indices where uplinks[index].wake.map({ $0 <= now }) ?? false {
            uplinks[index].wake = nil
            handle(.tick, uplink: index, at: now)
        }
    }

    /// When ``advance(to:)`` is due next.
    public var nextWake: Instant {
        uplinks.compactMap(\.wake).min().map { min($0, nextSecond) } ?? nextSecond
    }
}

extension Engine {
    /// What the configuration says about the engine.
    public struct Settings: Hashable, Sendable {
        /// The gateway's slug.
        public var gateway: String
        public var boot: BootID
        /// Makes an athlete for each body sensor that nobody wears.
        public var autoAthletes = false
        /// Makes rows outside a session, too.
        public var recordsOutsideSession = true
        /// The time between two messages of rows, and so the most that a power cut costs.
        public var commitInterval = Nanoseconds.second
        /// A message that would grow beyond this is cut into several. Bytes.
        public var payloadMaximum = 100_000
        public var trust: ClockTrust = [.kernel]
        /// How long a boot waits for a trusted clock before it takes the system clock as it is.
        public var clockMaxWait = 72 * Nanoseconds.hour
        /// What the operator says about sensors.
        public var sensors: [SensorID: SensorSettings] = [:]
        /// Where identifiers and jitter come from.
        public var seed: UInt64 = 0

        public init(gateway: String, boot: BootID) { (self.gateway, self.boot) = (gateway, boot) }
    }

    /// What happened so often that only its count is told.
    public struct Counters: Hashable, Sendable {
        /// Frames that came in, from every radio.
        public var frames: UInt64 = 0
        /// Frames of a kind that no profile decodes.
        public var unknownFrames: UInt64 = 0
        /// Pages that a profile knows but does not read.
        public var unknownPages: UInt64 = 0
        /// Frames whose bytes were no page.
        public var malformedFrames: UInt64 = 0
        /// Frames that told nothing new: another radio had heard the same message, or it came twice.
        public var copiedFrames: UInt64 = 0
        /// Frames that were older than the newest of their sensor when they came: received, but outdated.
        public var lateFrames: UInt64 = 0
        /// Frames of sensors, or of channels of one sensor, beyond the most that are kept.
        public var refusedFrames: UInt64 = 0
        public var rows: UInt64 = 0
        public var messages: UInt64 = 0
        /// Sealed messages that were given up because the store took none for too long.
        public var droppedDrafts: UInt64 = 0
        public var failedCommits: UInt64 = 0

        public init() {}
    }

    /// What there is to do.
    public enum Command: Sendable {
        /// Write in one transaction; answer with ``Engine/committed(_:at:)`` or ``Engine/commitFailed(at:)``.
        /// Never more than one is under way.
        case commit(CommitRequest)
        /// Give all waiting messages of the anchor's boot this anchor; answer with
        /// ``Engine/anchored(deliverableBelow:at:)`` or ``Engine/anchorFailed(_:at:)``.
        case anchor(Anchor)
        /// The newest row of an athlete, for the live topic and the page.
        case live(athlete: Int, row: Row)
        /// What the outbox of an uplink asks for; answer with ``Engine/handle(_:uplink:at:)``.
        case uplink(Int, Outbox.Command)
        /// The record of a sensor changed.
        case sensorChanged(Int)
        case log(Notice)
    }

    /// One line for the operator; at most one for each transition.
    public struct Notice: Hashable, Sendable {
        public enum Level: Hashable, Sendable { case warning, info }
        public var level: Level
        public var text: String

        public init(_ level: Level, _ text: String) { (self.level, self.text) = (level, text) }
    }
}
