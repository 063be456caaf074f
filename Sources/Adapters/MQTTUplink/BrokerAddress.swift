/// Where a broker listens. The configuration reads it from text.
public struct BrokerAddress: Hashable, Sendable {
    /// A name or a numeric address, IPv6 without brackets.
    public let host: String
    public let port: UInt16
    public let usesTLS: Bool

    public init(host: String, port: UInt16, usesTLS: Bool) {
        (self.host, self.port, self.usesTLS) = (host, port, usesTLS)
    }
}

extension BrokerAddress: CustomStringConvertible {
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(usesTLS ? "mqtts" : "mqtt")://\(name):\(port)"
    }
}
