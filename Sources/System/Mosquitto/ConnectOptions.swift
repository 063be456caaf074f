/// All that one connection to a broker needs.
public struct ConnectOptions: Hashable, Sendable {
    /// The versions of MQTT that libmosquitto and its brokers speak.
    public enum Version: Hashable, Sendable {
        case v5
        case v311
    }

    /// What the broker publishes when the client is gone without a word.
    public struct Will: Hashable, Sendable {
        public var topic: String
        public var payload: [UInt8]
        public var qos: QoS
        public var retain: Bool

        public init(topic: String, payload: [UInt8], qos: QoS, retain: Bool) {
            (self.topic, self.payload, self.qos, self.retain) = (topic, payload, qos, retain)
        }
    }

    /// Who is trusted, and who the client is. The broker's name is always verified.
    public struct TLS: Hashable, Sendable {
        public enum Authorities: Hashable, Sendable {
            /// The directory that Debian's ca-certificates fills: /etc/ssl/certs.
            case system
            /// A PEM file.
            case file(String)
        }

        public var authorities: Authorities
        /// PEM files of the client's certificate and its key, without a passphrase; both or none.
        public var certificate: String?
        public var key: String?

        public init(authorities: Authorities = .system, certificate: String? = nil, key: String? = nil) {
            (self.authorities, self.certificate, self.key) = (authorities, certificate, key)
        }
    }

    /// A name or an address; with TLS it is what the certificate is checked against.
    public var host: String
    /// 1...65535.
    public var port: UInt16
    public var clientID: String
    public var version = Version.v5
    /// Seconds between pings, at least 5 (libmosquitto's minimum). A broker that leaves a ping unanswered for
    /// so long is gone.
    public var keepAlive = 30
    public var username: String?
    public var password: String?
    public var will: Will?
    public var tls: TLS?

    public init(host: String, port: UInt16, clientID: String) {
        (self.host, self.port, self.clientID) = (host, port, clientID)
    }
}

/// Quality of service. 2 is not used: the key of a message makes duplicates harmless.
public enum QoS: Int32, Hashable, Sendable {
    case atMostOnce = 0
    case atLeastOnce = 1
}

/// What MQTT 5 says beside a message. Left out on MQTT 3.1.1, which has no place for it.
public struct PublishProperties: Hashable, Sendable {
    /// For example `application/json`.
    public var contentType: String?
    /// Seconds after which the broker drops the message instead of delivering it.
    public var expiry: UInt32?
    /// Names and values, in this order.
    public var user: [UserProperty]

    public struct UserProperty: Hashable, Sendable {
        public let name, value: String
        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    public init(contentType: String? = nil, expiry: UInt32? = nil, user: [UserProperty] = []) {
        (self.contentType, self.expiry, self.user) = (contentType, expiry, user)
    }
}
