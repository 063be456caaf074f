import Foundation
import Synchronization

/// A real mosquitto on a free loopback port. Gone when the value is.
public final class MosquittoBroker: @unchecked Sendable {
    // Unchecked: a test drives its broker from one task at a time.

    /// Where Debian puts the broker, or `nil`.
    public static let executable = [
        "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto",
    ]
    .first { FileManager.default.isExecutableFile(atPath: $0) }
    public static var isInstalled: Bool { executable != nil && MosquittoSubscriber.executable != nil }

    public let port: UInt16
    private let directory = TemporaryDirectory()
    private var process: ChildProcess?

    /// `settings` are lines for mosquitto.conf; anonymous clients are allowed unless they say otherwise.
    public init(_ settings: [String] = [], port: UInt16? = nil) throws {
        self.port = try port ?? freePort()
        var lines = ["listener \(self.port) 127.0.0.1", "persistence false", "log_dest stderr", "user root"]
        lines += settings
        if !settings.contains(where: { $0.hasPrefix("allow_anonymous") }) {
            lines.append("allow_anonymous true")
        }
        try lines.joined(separator: "\n").write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    deinit { kill() }

    private var configuration: String { directory.file("mosquitto.conf") }

    /// Returns when the broker accepts connections. It is the broker that says so: a connection to try it
    /// would be one more client in its log, and takes seconds on a machine that is busy.
    public func start() throws {
        let log = directory.file("mosquitto.log")
        try? FileManager.default.removeItem(atPath: log)
        let process = try ChildProcess(Self.executable!, ["-c", configuration], output: log)
        self.process = process
        var words = ""
        for _ in 0..<3_000 {
            words = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if words.contains(" running") { return }
            if process.hasEnded { break }
            usleep(10_000)
        }
        throw PeerError("mosquitto does not start: \(words)")
    }

    /// The power goes: nothing is said, nothing is saved.
    public func kill() { end(SIGKILL) }
    public func stop() { end(SIGTERM) }
    /// Stops in its tracks; connections stay open and nothing answers.
    public func pause() { process?.signal(SIGSTOP) }
    public func resume() { process?.signal(SIGCONT) }

    private func end(_ number: Int32) {
        process?.end(number)
        process = nil
    }
}

/// `mosquitto_sub` on all topics of a broker. It connects again by itself.
public final class MosquittoSubscriber: @unchecked Sendable {
    // Unchecked: a test drives its subscriber from one task at a time.

    static let executable = [
        "/usr/bin/mosquitto_sub", "/usr/local/bin/mosquitto_sub", "/opt/homebrew/bin/mosquitto_sub",
    ]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

    private let directory = TemporaryDirectory()
    private let process: ChildProcess

    /// Returns when the subscription stands. Each line is `format` with mosquitto_sub's own escapes.
    ///
    /// `session` is a client id whose session the broker keeps for an hour, with QoS 1; `nil`: QoS 0.
    public init(
        _ broker: MosquittoBroker,
        topics: [String] = ["#"],
        format: String = "%t %r %p",
        session: String? = nil
    ) throws {
        // stdbuf, because mosquitto_sub says only into a terminal at once that it has subscribed.
        var arguments = ["-oL", Self.executable!, "-h", "127.0.0.1", "-p", String(broker.port), "-V", "5"]
        arguments += ["-F", format, "-d"] + topics.flatMap { ["-t", $0] }
        arguments += session.map { ["-q", "1", "-i", $0, "-c", "-x", "3600"] } ?? ["-q", "0"]
        process = try ChildProcess("/usr/bin/stdbuf", arguments, output: directory.file("received"))
        for _ in 0..<3_000 where !hasSubscribed { usleep(10_000) }
        guard hasSubscribed else { throw PeerError("mosquitto_sub does not subscribe") }
    }

    /// What has arrived so far, without mosquitto_sub's own words.
    public var lines: [String] {
        text.split(separator: "\n").map(String.init).filter {
            !$0.hasPrefix("Client ") && !$0.hasPrefix("Subscribed")
        }
    }

    private var text: String {
        (try? String(contentsOfFile: directory.file("received"), encoding: .utf8)) ?? ""
    }
    private var hasSubscribed: Bool { text.contains("Subscribed") }
}

/// Asks every 10 ms until the answer is yes, for at most `seconds`.
public func eventually(
    within seconds: Double = 10,
    _ condition: @Sendable () async throws -> Bool
) async rethrows -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
        if try await condition() { return true }
        try? await Task.sleep(nanoseconds: 10_000_000)
    }
    return try await condition()
}

/// A listening socket on loopback; with `accepting: false` its queue is full, so that connects hang.
public final class LoopbackListener: @unchecked Sendable {
    // Unchecked: nothing changes after init.
    public let port: UInt16
    private let descriptors: [Int32]

    public init(accepting: Bool = true) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: 0)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeSockaddr(&address) { bind(listener, $0, size) }
        guard bound == 0, listen(listener, accepting ? 16 : 0) == 0 else { throw PeerError("no listener") }
        var length = size
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        port = UInt16(bigEndian: address.sin_port)
        var descriptors = [listener]
        for _ in 0..<(accepting ? 0 : 3) {
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            _ = withUnsafeSockaddr(&address) { connect(filler, $0, size) }
            descriptors.append(filler)
        }
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    /// Accepts from now on, until a client says something; its first byte, or `nil` when none does.
    public func greeting(within seconds: Double = 20) -> UInt8? {
        var clients: [Int32] = []
        defer { for client in clients { close(client) } }
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            var waiting = pollfd(fd: descriptors[0], events: Int16(POLLIN), revents: 0)
            if poll(&waiting, 1, 10) == 1 { clients.append(accept(descriptors[0], nil, nil)) }
            for client in clients {
                var byte: UInt8 = 0
                if recv(client, &byte, 1, Int32(MSG_DONTWAIT)) == 1 { return byte }
            }
        }
        return nil
    }
}

/// A port that nobody listens on. It lies below those that a system gives to outgoing connections (from
/// 32,768 on Linux, from 16,000 in gVisor), so that none takes it before the broker does, and no connection
/// to it can meet itself.
public func freePort() throws -> UInt16 {
    for _ in 0..<ports.count {
        let step = nextPort.wrappingAdd(1, ordering: .relaxed).oldValue
        let port = ports[Int(step % UInt(ports.count))]
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port: port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        if withUnsafeSockaddr(&address, { bind(descriptor, $0, size) }) == 0 { return port }
    }
    throw PeerError("no free port")
}

private let ports = Array(UInt16(10_000)..<16_000)
/// Begins anywhere, because other runs of tests draw from the same ports.
private let nextPort = Atomic<UInt>(UInt.random(in: 0..<6_000))

private func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

private func withUnsafeSockaddr(
    _ address: inout sockaddr_in,
    _ body: (UnsafePointer<sockaddr>) -> Int32
) -> Int32 {
    withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) } }
}
