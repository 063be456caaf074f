internal import Glibc

/// Where a broker is: `mqtts://broker.example:8883`. Names and passwords do not belong here.
public struct BrokerAddress: Hashable, Sendable {
    public var isEncrypted: Bool
    /// A name or a numeric address, IPv6 without brackets.
    public var host: String
    public var port: UInt16

    public init(isEncrypted: Bool, host: String, port: UInt16) {
        (self.isEncrypted, self.host, self.port) = (isEncrypted, host, port)
    }

    /// Reads `mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`, or returns `nil`. The ports default to 1883
    /// and 8883, which IANA registered.
    public init?(_ text: String) {
        let schemes = [("mqtt://", false), ("mqtts://", true)]
        guard let (scheme, isEncrypted) = schemes.first(where: { text.hasPrefix($0.0) }) else { return nil }
        var rest = text.dropFirst(scheme.utf8.count)
        if rest.hasSuffix("/") { rest.removeLast() }
        guard let (host, port) = HostAndPort.split(rest) else { return nil }
        self.init(isEncrypted: isEncrypted, host: host, port: port ?? (isEncrypted ? 8883 : 1883))
    }
}

extension BrokerAddress: CustomStringConvertible {
    public var description: String {
        (isEncrypted ? "mqtts://" : "mqtt://") + HostAndPort.text(host) + ":\(port)"
    }
}

/// Where the API listens: a numeric address or `localhost`, and a port.
public struct ListenAddress: Hashable, Sendable {
    /// IPv6 without brackets.
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) { (self.host, self.port) = (host, port) }

    /// Reads `127.0.0.1:8080` or `[::1]:8080`, or returns `nil`.
    public init?(_ text: String) {
        guard let (host, port) = HostAndPort.split(text[...]), let port else { return nil }
        var buffer = in6_addr()
        let isNumeric = [AF_INET, AF_INET6].contains { inet_pton($0, host, &buffer) == 1 }
        guard isNumeric || host == "localhost" else { return nil }
        self.init(host: host, port: port)
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "::1" || host == "localhost" || host.hasPrefix("127.") }
}

extension ListenAddress: CustomStringConvertible {
    public var description: String { HostAndPort.text(host) + ":\(port)" }
}

enum HostAndPort {
    /// Splits `host`, `host:port`, `[v6]` and `[v6]:port`; `nil` for anything else.
    static func split(_ text: Substring) -> (host: String, port: UInt16?)? {
        let host: Substring
        var rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            guard host.utf8.allSatisfy({ Self.isIPv6($0) }), host.contains(":") else { return nil }
            rest = text[text.index(after: end)...]
        } else {
            host = text.prefix { $0 != ":" }
            guard host.utf8.allSatisfy({ Self.isName($0) }) else { return nil }
            rest = text[host.endIndex...]
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty { return (String(host), nil) }
        rest.removeFirst()
        guard text[..<rest.startIndex].hasSuffix(":"), let port = UInt16(rest), port > 0,
            rest.utf8.first != UInt8(ascii: "+")
        else { return nil }
        return (String(host), port)
    }

    static func text(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isIPv6(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
