/// Where a broker listens: `mqtt://host[:port]` (1883) or `mqtts://host[:port]` (TLS, 8883).
///
/// The host is a name, an IPv4 address, or an IPv6 address in brackets. User, path and query have no place
/// here: they are settings of their own or unknown to MQTT.
public struct BrokerAddress: Hashable, Sendable {
    public let host: String
    public let port: UInt16
    public let usesTLS: Bool

    /// Says what is wrong and what would be right.
    public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    public init(host: String, port: UInt16, usesTLS: Bool) {
        (self.host, self.port, self.usesTLS) = (host, port, usesTLS)
    }

    public init(parsing text: String) throws(ParseError) {
        func fail(_ why: String) -> ParseError {
            ParseError(description: "\(text): \(why), expected mqtt://host:port or mqtts://host:port")
        }
        let schemes = [("mqtt://", false), ("mqtts://", true)]
        guard let (scheme, usesTLS) = schemes.first(where: { text.hasPrefix($0.0) }) else {
            throw fail("unknown or missing scheme")
        }
        var rest = text.dropFirst(scheme.count)
        if rest.last == "/" { rest.removeLast() }
        if rest.contains("@") {
            throw fail("a user belongs into mqtt.username, a password into mqtt.password")
        }
        if let character = rest.first(where: { "/?#".contains($0) }) {
            throw fail("no \(character) is allowed")
        }

        var host: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { throw fail("the address has no closing bracket") }
            host = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            guard host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }), host.contains(":") else {
                throw fail("\(host) is no IPv6 address")
            }
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest.dropFirst(host.count)
            guard host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }) else {
                throw fail("\(host) is no host name")
            }
        }
        guard !host.isEmpty else { throw fail("the host is missing") }
        var port: UInt16 = usesTLS ? 8883 : 1883
        if !rest.isEmpty {
            let digits = rest.dropFirst()
            guard rest.first == ":", digits.allSatisfy({ ("0"..."9").contains($0) }) else {
                throw fail("\(digits) is no port")
            }
            guard let number = UInt16(digits), number > 0 else { throw fail("a port is 1 to 65535") }
            port = number
        }
        self.init(host: String(host), port: port, usesTLS: usesTLS)
    }
}

extension BrokerAddress: CustomStringConvertible {
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(usesTLS ? "mqtts" : "mqtt")://\(name):\(port)"
    }
}
