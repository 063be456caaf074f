extension Configuration {
    public struct MQTT: Hashable, Sendable {
        public enum Version: String, CaseIterable, Hashable, Sendable {
            case five = "5"
            case threeOne = "3.1.1"
        }
        public var enabled = true
        /// In order, for fail-over. Empty: there is no broker.
        public var brokers: [BrokerAddress] = []
        public var version = Version.five
        /// The first levels of every topic; `nil` is `touchline/<gateway>`.
        public var root: String?
        public var username: String?
        /// Sent when there is a username.
        public var password: Credential? = .named("mqtt-password")
        public var tls = ClientTLS()
        /// Bytes.
        public var maxPayload: Int64 = 100_000
        /// Unacknowledged messages; never above the peer's Receive Maximum.
        public var inFlight = 20
        /// Messages a second from the backlog, beside live ones.
        public var drainRate = 200
        public var commands = false
        public var homeAssistant = false
        public init() {}
    }

    public struct HTTPUplink: Hashable, Sendable {
        public enum Format: String, CaseIterable, Hashable, Sendable {
            case touchline
            case athleteData = "athlete-data"
            case influx
        }
        public enum Compression: String, CaseIterable, Hashable, Sendable {
            case zstd, gzip, none
        }
        public enum Start: String, CaseIterable, Hashable, Sendable {
            case oldest, now
        }
        /// Required.
        public var url = ""
        public var format = Format.touchline
        public var token: Credential?
        public var compression = Compression.zstd
        /// Bytes.
        public var maxBatch: Int64 = 500_000
        /// Messages a second from the backlog.
        public var drainRate = 200
        /// Where a new name begins. Counts once.
        public var start = Start.oldest
        /// The URL of a proxy.
        public var proxy: String?
        public var tls = ClientTLS()
        public init() {}
    }

    public struct Webhook: Hashable, Sendable {
        /// Required.
        public var url = ""
        public var token: Credential?
        /// Names of events; a final `*` stands for any rest.
        public var events = ["alert.*"]
        public init() {}
    }

    /// How the gateway proves and checks identities as a client.
    public struct ClientTLS: Hashable, Sendable {
        /// A file of certificates, or `system`.
        public var ca = "system"
        public var certificate: String?
        public var key: Credential?
        public init() {}
    }

    public struct API: Hashable, Sendable {
        /// What a connection from this machine may do without a token.
        public enum Loopback: String, CaseIterable, Hashable, Sendable {
            case none, viewer, ingest, coach
        }
        public var socket = "/run/touchline/api.sock"
        public var listen = [ListenAddress(host: "127.0.0.1", port: 8080)]
        public var loopback = Loopback.ingest
        public var auth = true
        /// Plain HTTP beyond loopback.
        public var insecureLAN = false
        public var tls = ServerTLS()
        /// Behind a proxy.
        public var basePath = "/"
        /// Further Host names.
        public var hosts: [String] = []
        public var corsOrigins: [String] = []
        public var createAthletes = true
        public var connections = 128
        /// Per token, else per address.
        public var requestsPerSecond = 50
        public init() {}
    }

    public struct ServerTLS: Hashable, Sendable {
        public var certificate: String?
        public var key: Credential?
        public init() {}
    }
}
