public import Wire

/// All that the operator decides. A value with the documented defaults; ``load(path:)`` reads files.
///
/// The names here are the keys of the file in Swift's spelling, section by section. Types, ranges and
/// names as written stand in one table, ``ConfigurationKeys.swift``.
public struct Configuration: Hashable, Sendable {
    public var gateway = Gateway()
    public var store = Store()
    public var clock = Clock()
    public var athletes = Athletes()
    public var record = Record()
    public var session = Session()
    public var radios = Radios()
    /// What the operator knows about single sensors.
    public var sensors: [SensorID: SensorSettings] = [:]
    public var mqtt = MQTT()
    /// HTTP uplinks by name. Each name has its own cursor.
    public var http: [String: HTTPUplink] = [:]
    public var api = API()
    public var capture = Capture()
    public var privacy = Privacy()
    public var alerts = Alerts()
    public var webhooks: [String: Webhook] = [:]
    public var log = Log()

    public init() {}

    public struct Gateway: Hashable, Sendable {
        /// A slug; `nil` derives one from the machine id.
        public var id: String?
        /// An IANA name, or `system`.
        public var timezone = "system"
        public init() {}
    }

    public struct Store: Hashable, Sendable {
        /// `nil` is `$STATE_DIRECTORY`.
        public var directory: String?
        /// The most that a power cut may cost.
        public var commitInterval: Nanoseconds = 1 * .second
        /// Bytes, `-wal` included.
        public var maxSize: Int64 = 4 << 30
        /// Bytes of free space never touched.
        public var reserve: Int64 = 512 << 20
        /// How long messages stay after every uplink acknowledged them.
        public var retention: Nanoseconds = 30 * 24 * .hour
        public init() {}
    }

    public struct Clock: Hashable, Sendable {
        public enum Trust: String, CaseIterable, Hashable, Sendable {
            case kernel, `operator`, upstream, assume
        }
        /// Whose word on the time counts.
        public var trust: [Trust] = [.kernel, .operator, .upstream]
        /// How long messages wait for a clock.
        public var maxWait: Nanoseconds = 72 * .hour
        public init() {}
    }

    public struct Athletes: Hashable, Sendable {
        /// An athlete per unassigned body sensor.
        public var auto = false
        /// A CSV file that is imported when the store has no athlete. Relative names start from the
        /// directory of the file that sets the key.
        public var roster: String?
        public init() {}
    }

    public struct Record: Hashable, Sendable {
        public var outsideSession = true
        public init() {}
    }

    public struct Session: Hashable, Sendable {
        public var idleStop: Nanoseconds = 4 * .hour
        public init() {}
    }

    public struct Capture: Hashable, Sendable {
        public var enabled = false
        /// Bytes of the ring.
        public var maxSize: Int64 = 256 << 20
        public init() {}
    }

    public struct Privacy: Hashable, Sendable {
        public enum Group: String, CaseIterable, Hashable, Sendable {
            case rows, events, location, wellness, readiness, rhythm
        }
        public var pseudonyms = false
        /// What leaves the gateway.
        public var upstream: [Group] = [.rows, .events]
        public init() {}
    }

    public struct Alerts: Hashable, Sendable {
        public var heartRateHigh = HeartRateHigh()
        public var heartRateLost = HeartRateLost()
        public var rhythm = Rhythm()
        public init() {}

        public struct HeartRateHigh: Hashable, Sendable {
            public var enabled = true
            /// Share of the athlete's maximum.
            public var limit = 0.97
            public var hold: Nanoseconds = 20 * .second
            public init() {}
        }

        public struct HeartRateLost: Hashable, Sendable {
            public var enabled = true
            public var after: Nanoseconds = 10 * .second
            public init() {}
        }

        public struct Rhythm: Hashable, Sendable {
            public var enabled = false
            public init() {}
        }
    }

    public struct Log: Hashable, Sendable {
        /// From the gravest to the most talkative.
        public enum Level: String, CaseIterable, Hashable, Sendable {
            case error, warning, info, debug
        }
        public var level = Level.info
        public init() {}
    }
}

extension Configuration {
    /// The keys that a running daemon cannot change, in the order of the document.
    public static let restartKeys = ["gateway.id", "store.directory", "api.listen", "api.socket"]

    /// Which of ``restartKeys`` differ between this configuration and `other`.
    public func keysWaitingForRestart(against other: Configuration) -> [String] {
        let isSame = [
            gateway.id == other.gateway.id,
            store.directory == other.store.directory,
            api.listen == other.api.listen,
            api.socket == other.api.socket,
        ]
        return zip(Self.restartKeys, isSame).filter { !$0.1 }.map(\.0)
    }
}
