import Foundation
import TestSupport

/// The daemon under umockdev: real libusb and real sd-device, and behind them an emulated stick.
final class StickLab {
    private static let tree = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let wrapper = "/usr/bin/umockdev-wrapper"
    private static var server: String? {
        Touchlined.executable.map {
            URL(filePath: $0).deletingLastPathComponent().appending(path: "touchline-antstick").path
        }
    }

    /// Whether everything that `make setup` installs for it is there.
    static var isInstalled: Bool {
        guard let server, FileManager.default.isExecutableFile(atPath: server),
            FileManager.default.isExecutableFile(atPath: wrapper)
        else { return false }
        let check = "import gi; gi.require_version(\"UMockdev\", \"1.0\")"
        return (try? ChildProcess("/usr/bin/python3", ["-c", check]).wait()) == 0
    }

    static let log = tree.appending(path: "Tests/Adapters/CaptureFileTests/Captures/zwift_usb_dump.jsonl")
        .path

    let directory = TemporaryDirectory()
    private let sticks: ChildProcess
    private var daemon: ChildProcess?
    private let ports: (usbip: String, control: String)

    /// Serves what `arguments` say, for `touchline-antstick`.
    init(_ arguments: [String]) throws {
        let output = directory.file("sticks")
        sticks = try ChildProcess(
            Self.server!,
            ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"] + arguments,
            output: output
        )
        var words: [[Substring]] = []
        for _ in 0..<500 where words.count < 2 {
            usleep(10_000)
            let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            words = text.split(separator: "\n").map { $0.split(separator: " ") }
        }
        guard words.count == 2, let usbip = words[0].last, let control = words[1].last else {
            throw PeerError("touchline-antstick does not start: \(words)")
        }
        ports = (String(usbip), String(control))
    }

    deinit {
        daemon?.end(SIGKILL)
        sticks.end(SIGKILL)
    }

    var state: String { directory.file("state") }
    var journal: String { (try? String(contentsOfFile: directory.file("journal"), encoding: .utf8)) ?? "" }

    /// Starts the daemon on these sockets, with the key of the emulated air; it captures what it hears.
    func start(_ sockets: [String]) throws {
        let key = directory.file("key")
        try "544F5543484C494E\n".write(toFile: key, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
        let configuration = directory.file("touchline.yaml")
        let lines = [
            "gateway: { id: proof }", "store: { directory: \(state), reserve: 1MiB }",
            "clock: { trust: [assume] }", "radios:", "  bluetooth: { enabled: false }",
            "  ant: { network_key: { credential: \(key) } }", "capture: { enabled: true }",
        ]
        try (lines.joined(separator: "\n") + "\n")
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let bridge = Self.tree.appending(path: "Tests/Lab/umock_stick.py").path
        daemon = try ChildProcess(
            Self.wrapper,
            ["/usr/bin/python3", bridge, "--connect", "127.0.0.1:\(ports.usbip)"] + sockets
                + ["--", Touchlined.executable!, "--config", configuration],
            output: directory.file("journal")
        )
    }

    /// SIGTERM to the daemon, and its exit status.
    func stop() -> Int32 {
        daemon?.signal(SIGTERM)
        return daemon?.wait() ?? -1
    }

    /// Sends a line to the sticks, and returns the object that answers it.
    @discardableResult
    func tell(_ line: String) throws -> [String: Any] {
        let output = directory.file("answer")
        try? FileManager.default.removeItem(atPath: output)
        let script = "exec 3<> /dev/tcp/127.0.0.1/\(ports.control); echo \"$0\" >&3; head -n 1 <&3"
        _ = try ChildProcess("/bin/bash", ["-c", script, line], output: output).wait()
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: output)))
        guard let answer = object as? [String: Any], answer["ok"] as? Bool == true else {
            throw PeerError("\(line): \(object)")
        }
        return answer
    }

    /// A counter of a stick.
    func count(_ name: String, of socket: String) throws -> Int {
        let sticks = try tell("stats")["sticks"] as? [String: [String: Any]]
        return sticks?[socket]?[name] as? Int ?? 0
    }

    /// Waits until a counter of a stick has reached `goal`; `false` when it takes more than `seconds`.
    func wait(_ seconds: Double, for name: String, of socket: String, toReach goal: Int) throws -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while try count(name, of: socket) < goal {
            guard Date() < end else { return false }
            usleep(50_000)
        }
        return true
    }
}
