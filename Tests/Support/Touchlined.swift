import Foundation

/// The real daemon with a configuration and a state directory of its own. Killed when the value goes.
public final class Touchlined: @unchecked Sendable {
    // Unchecked: a test drives its daemon from one task at a time.

    /// The program that was built beside the tests, or `$TOUCHLINED`; `nil` when there is none.
    public static let executable: String? = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return [
            ProcessInfo.processInfo.environment["TOUCHLINED"],
            beside.appendingPathComponent("touchlined").path,
            FileManager.default.currentDirectoryPath + "/.build/debug/touchlined",
        ]
        .compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()
    public static var isBuilt: Bool { executable != nil }

    public let directory = TemporaryDirectory()
    /// The system bus of the daemon; `nil`: without Bluetooth.
    private let bus: String?
    private var process: ChildProcess?

    public var configuration: String { directory.file("touchline.yaml") }
    public var state: String { directory.file("state") }
    private var log: String { directory.file("journal") }

    /// `port` is that of the broker on loopback, `nil` for none; `athletes` is the size of the simulated
    /// squad, 0 for none; `store` are further lines below `store:`; `bus` is the address of a system bus with
    /// a bluetoothd whose straps are all linked.
    public init(port: UInt16?, athletes: Int = 22, store: [String] = [], bus: String? = nil) throws {
        self.bus = bus
        try configure(port: port, athletes: athletes, store: store)
    }

    deinit { kill() }

    /// Writes the configuration anew; a running daemon reads it on ``hangUp()``.
    public func configure(port: UInt16?, athletes: Int = 22, store: [String] = []) throws {
        var lines = ["gateway:", "  id: proof", "store:", "  directory: \(state)", "  reserve: 1MiB"]
        lines += store.map { "  " + $0 }
        lines += ["clock:", "  trust: [assume]", "athletes:", "  auto: true", "radios:"]
        lines += ["  ant:", "    enabled: false", "  bluetooth:", "    enabled: \(bus != nil)"]
        lines += ["    connect: all", "    broadcast: off"]
        lines += ["  simulator:", "    enabled: \(athletes > 0)", "    athletes: \(max(1, athletes))"]
        if let port { lines += ["mqtt:", "  brokers: [\"mqtt://127.0.0.1:\(port)\"]"] }
        try (lines.joined(separator: "\n") + "\n")
            .write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    /// Adds lines to the configuration.
    public func append(_ lines: String) throws {
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        try (text + lines + "\n").write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    /// Returns when the daemon runs its gateway.
    public func start() throws {
        try launch()
        for _ in 0..<1_000 where starts < launches { usleep(10_000) }
        guard starts == launches else { throw PeerError("touchlined does not start:\n\(journal)") }
    }

    /// Returns at once.
    public func launch() throws {
        let words = bus.map { ["DBUS_SYSTEM_BUS_ADDRESS=\($0)"] } ?? []
        let arguments = words + [Self.executable!, "--config", configuration]
        process = try ChildProcess("/usr/bin/env", arguments, output: log)
        launches = starts + 1
    }

    private var launches = 0
    private var starts: Int { journal.components(separatedBy: "started: ").count - 1 }

    public var identifier: Int32 { process?.identifier ?? 0 }

    /// Everything that all lives wrote to standard error.
    public var journal: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// The power goes: nothing is said, nothing is saved.
    public func kill() { process?.end(SIGKILL) }

    /// SIGTERM, and the exit status that it comes to.
    public func stop() -> Int32 {
        process?.signal(SIGTERM)
        return process?.wait() ?? 0
    }

    /// SIGHUP: read the configuration again.
    public func hangUp() { process?.signal(SIGHUP) }

    /// Runs the program to its end, as `touchlined` or under its other name `touchline`. The output is that
    /// on both channels.
    public static func run(
        as name: String = "touchlined",
        _ arguments: [String]
    ) throws -> (status: Int32, output: String) {
        let place = TemporaryDirectory()
        let link = place.file(name)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: executable!)
        let status = try ChildProcess(link, arguments, output: place.file("output")).wait()
        return (status, try String(contentsOfFile: place.file("output"), encoding: .utf8))
    }
}
