import Foundation
import TestSupport
import Testing

/// The real daemon with real libusb and real sd-device, and emulated sticks under umockdev: no kernel USB, no
/// rights, no virtual machine.
@Suite(.enabled(if: TestBed.isInstalled, "needs umockdev, gir1.2-umockdev-1.0, python3-gi (make setup)"))
struct TestBedTests {
    @Test("A daemon under umockdev hears a stick, and again after it hung, was pulled and was plugged")
    func daemon() async throws {
        let bed = try TestBed()
        defer { bed.end() }
        let isListening = await eventually(within: 20) {
            bed.told("ant0 (serial 1001, USB 1-1): listening:") == 1
        }
        #expect(isListening, "\(bed.journal)")

        try bed.command("hang 1-1 usb")
        let isBack = await eventually(within: 20) { bed.told("listening again after a USB reset") == 1 }
        #expect(isBack, "\(bed.journal)")

        for round in 1...2 {
            try bed.command("unplug 1-1")
            let isGone = await eventually { bed.told("ant0 (serial 1001, USB 1-1): unplugged") == round }
            #expect(isGone, "\(bed.journal)")
            try bed.command("plug 1-1")
            let isHere = await eventually(within: 20) {
                bed.told("ant0 (serial 1001, USB 1-1): listening:") == 1 + round
            }
            #expect(isHere, "\(bed.journal)")
        }
        #expect(bed.told("ant1") == 0)
        #expect(try bed.stop() == 0)
        // What was captured on the way, answers and frames, replays.
        let capture = try Touchlined.run(
            as: "touchline",
            ["replay", bed.directory.file("state/captures/capture-1.ndjson.zst"), "-o", "/dev/null"]
        )
        #expect(capture.status == 0, "\(capture.output)")
    }

    @Test("Without a key the daemon runs, opens no stick and says once what to do")
    func withoutKey() async throws {
        let bed = try TestBed(key: nil)
        defer { bed.end() }
        let isTold = await eventually(within: 20) { bed.told("thisisant.com") == 1 }
        #expect(isTold, "\(bed.journal)")
        try bed.command("unplug 1-1")
        try bed.command("plug 1-1")
        let isStarted = await eventually(within: 20) { bed.told("started: ") == 1 }
        #expect(isStarted)
        await pause(0.5)
        #expect(bed.told("thisisant.com") == 1)
        #expect(bed.told("listening") == 0)
        #expect(try bed.stop() == 0)
    }
}

/// A stick server, umockdev as its client, and a daemon that sees nothing else.
private final class TestBed: Sendable {
    static let isInstalled =
        Touchlined.isBuilt && server != nil
        && (try? ChildProcess(
            "/usr/bin/env",
            ["sh", "-c", "umockdev-wrapper /usr/bin/python3 -c '\(imports)'"]
        ).wait()) == 0

    private static let imports = #"import gi; gi.require_version("UMockdev", "1.0")"#
    private static let server: String? = {
        let path = URL(fileURLWithPath: Touchlined.executable ?? "/").deletingLastPathComponent()
            .appendingPathComponent("touchline-antstick").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()
    private static let script = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../Lab/umock_stick.py").standardizedFileURL.path

    let directory = TemporaryDirectory()
    private let sticks: ChildProcess
    private let daemon: ChildProcess
    private let control: String

    /// `key` is the network key in hexadecimal digits; `nil`: there is none.
    init(key: String? = "544F5543484C494E") throws {
        sticks = try ChildProcess(
            Self.server!,
            [
                "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--stick", "1009:1001", "--sensors",
                "8",
                "--weather", "none",
            ],
            output: directory.file("sticks")
        )
        var ports: [String] = []
        for _ in 0..<500 where ports.count < 2 {
            usleep(10_000)
            let lines = Self.text(directory.file("sticks")).split(separator: "\n")
            ports = lines.compactMap { $0.components(separatedBy: " at port ").dropFirst().first }
        }
        try #require(ports.count == 2)
        control = ports[1]
        let keyFile = directory.file("key")
        if let key {
            try key.write(toFile: keyFile, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
        }
        let lines = [
            "gateway:", "  id: proof", "store:", "  directory: \(directory.file("state"))", "  reserve: 1MiB",
            "clock:", "  trust: [assume]", "athletes:", "  auto: true", "radios:", "  ant:",
            "    network_key: { credential: \(keyFile) }", "  bluetooth:", "    enabled: false", "capture:",
            "  enabled: true", "",
        ]
        let configuration = directory.file("touchline.yaml")
        try lines.joined(separator: "\n").write(toFile: configuration, atomically: true, encoding: .utf8)
        daemon = try ChildProcess(
            "/usr/bin/env",
            [
                "umockdev-wrapper", "/usr/bin/python3", Self.script, "--connect", "127.0.0.1:\(ports[0])",
                "1-1",
                "--", Touchlined.executable!, "--config", configuration,
            ],
            output: directory.file("journal")
        )
    }

    var journal: String { Self.text(directory.file("journal")) }

    /// How often the daemon said `text`.
    func told(_ text: String) -> Int { journal.components(separatedBy: text).count - 1 }

    /// Does something to the sticks.
    func command(_ line: String) throws {
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(control); echo '\(line)' >&3; read -r answer <&3"
        try run("/usr/bin/env", ["bash", "-c", script])
    }

    /// SIGTERM to the daemon, and its exit status.
    func stop() throws -> Int32 {
        daemon.signal(SIGTERM)
        return daemon.wait()
    }

    func end() {
        daemon.end(SIGTERM)
        sticks.end(SIGTERM)
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
