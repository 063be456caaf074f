import Foundation

/// A real dbus-daemon for one test, which nobody else can reach. Gone when the value is.
public final class PrivateBus: @unchecked Sendable {
    // Unchecked: a test drives its bus from one task at a time.

    /// Where Debian puts it, or `nil`.
    public static let executable = ["/usr/bin/dbus-daemon", "/usr/local/bin/dbus-daemon"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    public static var isInstalled: Bool { executable != nil }

    private let directory = TemporaryDirectory()
    private let configuration: String
    private var process: ChildProcess?

    /// For `BusConnection` and `DBUS_SYSTEM_BUS_ADDRESS`.
    public var address: String { "unix:path=\(socket)" }
    public var socket: String { directory.file("bus") }

    /// The limits are dbus-daemon's, by their names.
    public init(limits: [(name: String, value: Int)] = [], rules: String = "") throws {
        configuration = directory.file("bus.conf")
        let lines = limits.map { "<limit name=\"\($0.name)\">\($0.value)</limit>" }
        try """
        <busconfig>
          <listen>\(address)</listen>
          <auth>EXTERNAL</auth>
          <policy context="default">
            <allow send_destination="*"/>
            <allow receive_sender="*"/>
            <allow own="*"/>
            <allow user="*"/>
            \(rules)
          </policy>
          \(lines.joined(separator: "\n  "))
        </busconfig>
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        try start()
    }

    deinit { stop() }

    /// Returns when the bus listens.
    public func start() throws {
        let log = directory.file("log")
        let arguments = ["--config-file=\(configuration)", "--nofork", "--nopidfile", "--print-address"]
        let process = try ChildProcess(Self.executable!, arguments, output: log)
        self.process = process
        for _ in 0..<3_000 {
            // The address is printed when the socket is there, and it removes the one that was left.
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if text.contains("guid=") { return }
            if process.hasEnded { throw PeerError("dbus-daemon does not start: \(text)") }
            usleep(5_000)
        }
        throw PeerError("dbus-daemon does not start")
    }

    /// Its clients see their connections break.
    public func stop() {
        process?.end(SIGKILL)
        process = nil
        try? FileManager.default.removeItem(atPath: socket)
        try? FileManager.default.removeItem(atPath: directory.file("log"))
    }

    /// Stops in its tracks; connections stay open and nothing answers.
    public func pause() { process?.signal(SIGSTOP) }
    public func resume() { process?.signal(SIGCONT) }
}
