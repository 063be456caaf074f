import Foundation
import TestSupport
import Testing

/// How the daemon starts, stops, reads its configuration again and refuses.
@Suite(.enabled(if: Touchlined.isBuilt, "needs touchlined beside the tests (swift build)"))
struct LifecycleTests {
    static let unclean = "The last stop was not clean"

    @Test("SIGTERM commits what there is; the next start finds a clean store, and after SIGKILL it says so")
    func stops() async throws {
        let daemon = try Touchlined(port: nil, athletes: 4)
        try daemon.start()
        await pause(2.5)
        #expect(daemon.stop() == 0)
        try daemon.start()
        await pause(1.5)
        #expect(!daemon.journal.contains(Self.unclean), "\(daemon.journal)")
        daemon.kill()
        try daemon.start()
        #expect(daemon.journal.contains(Self.unclean), "\(daemon.journal)")
        #expect(daemon.stop() == 0)
        let report = try Touchlined.run(as: "touchline", ["verify", "--store", daemon.state])
        #expect(report.status == 0, "\(report.output)")
    }

    @Test(
        "SIGHUP takes over a configuration without losing a second, and refuses a faulty one by line and key",
        .enabled(if: MosquittoBroker.isInstalled, "needs mosquitto (make setup)")
    )
    func reload() async throws {
        let scene = try Scene(athletes: 4)
        try scene.daemon.start()
        await pause(2)
        try scene.daemon.configure(port: scene.broker.port, athletes: 4, store: ["commit_interval: 500ms"])
        scene.daemon.hangUp()
        let daemon = scene.daemon
        let isRead = await eventually { daemon.journal.contains("The configuration was read again") }
        #expect(isRead, "\(daemon.journal)")
        await pause(1.5)

        try daemon.configure(port: scene.broker.port, athletes: 4, store: ["commit_interval: 99h"])
        daemon.hangUp()
        let isRefused = await eventually { daemon.journal.contains("stays in force") }
        #expect(isRefused, "\(daemon.journal)")
        let fault = daemon.journal.split(separator: "\n").first { $0.contains("store.commit_interval") }
        #expect(fault?.contains("touchline.yaml:6:") ?? false, "\(daemon.journal)")
        await pause(1.5)
        #expect(daemon.stop() == 0)
        try await ChaosTests.expectWhole(scene)
    }

    @Test("SIGHUP turns the simulated squad and the recording off and on")
    func reloadRadios() async throws {
        let daemon = try Touchlined(port: nil, athletes: 3, store: ["commit_interval: 200ms"])
        try daemon.start()
        func reload(athletes: Int, capture: Bool, reads: Int) async throws {
            try daemon.configure(port: nil, athletes: athletes)
            if capture { try daemon.append("capture: { enabled: true }") }
            daemon.hangUp()
            let isRead = await eventually(within: 5) {
                daemon.journal.components(separatedBy: "was read again").count - 1 == reads
            }
            #expect(isRead, "\(daemon.journal)")
        }
        try await reload(athletes: 4, capture: true, reads: 1)
        await pause(2.5)
        try await reload(athletes: 0, capture: false, reads: 2)
        #expect(!daemon.journal.contains("next start"))
        await pause(1.5)
        let captures = try FileManager.default.contentsOfDirectory(atPath: daemon.state + "/captures")
        #expect(captures == ["capture-1.ndjson.zst"])
        #expect(daemon.stop() == 0)
    }

    @Test("SIGHUP with a configuration without brokers does not end the daemon")
    func reloadWithoutBrokers() async throws {
        let daemon = try Touchlined(port: try freePort(), athletes: 1)
        try daemon.start()
        try daemon.configure(port: nil, athletes: 1)
        daemon.hangUp()
        let isRead = await eventually(within: 5) {
            daemon.journal.contains("The configuration was read again")
        }
        #expect(isRead, "\(daemon.journal)")
        #expect(daemon.stop() == 0)
    }

    @Test("A second daemon on one store ends with status 1 and names the first")
    func second() async throws {
        let first = try Touchlined(port: nil, athletes: 1)
        try first.start()
        let second = try Touchlined.run(["--config", first.configuration])
        #expect(second.status == 1)
        #expect(second.output.contains("process \(first.identifier)"), "\(second.output)")
        #expect(first.stop() == 0)
    }

    @Test("A store that is no store is set aside, and the daemon goes on with a new one")
    func corrupt() async throws {
        let daemon = try Touchlined(port: nil, athletes: 4)
        try daemon.start()
        await pause(2.5)
        #expect(daemon.stop() == 0)
        let damage = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try damage.write(to: URL(fileURLWithPath: daemon.state + "/store.db"))
        try daemon.start()
        await pause(2.5)
        #expect(daemon.stop() == 0)
        #expect(daemon.journal.contains("set aside as"), "\(daemon.journal)")
        let names = try FileManager.default.contentsOfDirectory(atPath: daemon.state)
        #expect(names.contains { $0.hasPrefix("store.db.corrupt-") }, "\(names)")
        let report = try Touchlined.run(as: "touchline", ["verify", "--store", daemon.state])
        #expect(report.status == 0, "\(report.output)")
    }

    @Test("Wrong usage and a faulty configuration end with status 2 and say what is wrong")
    func misuse() throws {
        let unknown = try Touchlined.run(["--wrong"])
        #expect(unknown.status == 2)
        #expect(unknown.output.contains("--wrong"))
        #expect(try Touchlined.run(["--config"]).status == 2)
        #expect(try Touchlined.run(["--config", "/nowhere/touchline.yaml"]).status == 2)
        #expect(try Touchlined.run(["--version"]).output.hasPrefix("touchlined "))

        let daemon = try Touchlined(port: nil, store: ["commit_intervall: 1s", "retention: often"])
        for arguments in [[], ["--check"]] {
            let result = try Touchlined.run(["--config", daemon.configuration] + arguments)
            #expect(result.status == 2)
            #expect(result.output.contains("touchline.yaml:6:"), "\(result.output)")
            #expect(result.output.contains("commit_interval"), "\(result.output)")
            #expect(result.output.contains("touchline.yaml:7:"), "\(result.output)")
        }
        #expect(try Touchlined.run(as: "touchline", ["nonsense"]).status == 2)
    }
}
