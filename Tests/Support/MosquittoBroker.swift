import Foundation

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

    /// Returns when the broker accepts connections.
    public func start() throws {
        let log = directory.file("mosquitto.log")
        process = try ChildProcess(Self.executable!, ["-c", configuration], output: log)
        for _ in 0..<500 where !accepts(port) { usleep(10_000) }
        guard accepts(port) else {
            throw PeerError((try? String(contentsOfFile: log, encoding: .utf8)) ?? "mosquitto does not start")
        }
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
        for _ in 0..<500 where !hasSubscribed { usleep(10_000) }
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
}

/// A port that nobody listens on right now.
public func freePort() throws -> UInt16 { try LoopbackListener().port }

private func accepts(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    // A connect to a broker that was just starting was seen to take 1 to 3 s; the cause is not known.
    var patience = timeval(tv_sec: 0, tv_usec: 20_000)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = loopback(port: port)
    return withUnsafeSockaddr(&address) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        == 0
}

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
