import Foundation
import TestSupport
import Testing
import Wire

/// The real daemon and a real broker, killed while they work.
///
/// `CHAOS_KILLS=100` and `BROKER_AWAY=60` give the long form.
@Suite(
    .enabled(
        if: Touchlined.isBuilt && MosquittoBroker.isInstalled,
        "needs touchlined beside the tests (swift build) and mosquitto with its clients (make setup)"
    )
)
struct ChaosTests {
    static let kills = setting("CHAOS_KILLS", default: 20)
    static let away = Double(setting("BROKER_AWAY", default: 5))

    @Test("Killed at random moments, the daemon loses no number and at most one second of rows each time")
    func kills() async throws {
        let seed = UInt64(setting("CHAOS_SEED", default: 1))
        var random = SplitMix64(seed: seed)
        let scene = try Scene()
        var lives: [(start: Double, end: Double)] = []
        for _ in 0..<Self.kills {
            try scene.daemon.launch()
            let start = Date().timeIntervalSince1970
            await pause(Double.random(in: 0.2...3.5, using: &random))
            lives.append((start, Date().timeIntervalSince1970))
            scene.daemon.kill()
        }
        try scene.daemon.start()
        await pause(3)
        #expect(scene.daemon.stop() == 0)

        let reception = try await scene.drained()
        let (messages, findings) = try scene.verify()
        #expect(findings.isEmpty)
        #expect(reception.faults.isEmpty, "seed \(seed)")
        #expect(reception.gaps.isEmpty, "seed \(seed)")
        #expect(reception.numbers.count == messages, "seed \(seed)")
        #expect(reception.streams.count == 1)
        // Below 1.5 s the squad may not have been heard yet; a row that closed within 0.3 s of the kill may
        // not have been asked for.
        let seconds = reception.seconds
        let lost = lives.map { life in
            let first = Int((life.start + 1.5).rounded(.up))
            return (first..<max(first, Int(life.end + 0.7))).filter { !seconds.contains($0) }.count
        }
        #expect(lost.allSatisfy { $0 <= 1 }, "seed \(seed): seconds lost per kill \(lost)")
        print(
            "\(Self.kills) kills: \(messages) messages, \(reception.duplicates) duplicates, "
                + "\(lost.reduce(0, +)) seconds of rows lost in all, at most \(lost.max() ?? 0) at once"
        )
    }

    @Test("A broker that is killed and comes back gets everything in order, some of it twice")
    func brokerKilled() async throws {
        let scene = try Scene()
        try scene.daemon.start()
        for _ in 0..<3 {
            await pause(2)
            scene.broker.kill()
            try scene.broker.start()
        }
        await Self.expectConnections(of: scene.daemon, atLeast: 4, within: 60)
        await pause(1)
        #expect(scene.daemon.stop() == 0)
        try await Self.expectWhole(scene)
    }

    @Test("A broker that was away gets the backlog in order, and live rows beside it at once")
    func brokerAway() async throws {
        let scene = try Scene()
        try scene.daemon.start()
        await pause(2)
        scene.broker.stop()
        await pause(Self.away)
        try scene.broker.start()
        let live = try MosquittoSubscriber(scene.broker, topics: ["touchline/proof/live/#"], format: "%U %p")
        // The pause between attempts is drawn from up to the time that it was away, at most a minute.
        await Self.expectConnections(of: scene.daemon, atLeast: 2, within: min(90, 3 * Self.away + 15))
        let isServed = await eventually(within: 3) { !live.lines.isEmpty }
        #expect(isServed, "no live row within 3 s of the connection")
        #expect(live.lines.allSatisfy { !$0.contains("\"seq\"") })
        await pause(2 + Self.away / 20)
        #expect(scene.daemon.stop() == 0)
        try await Self.expectWhole(scene)
    }

    @Test(
        "Without a broker the daemon starts in under a second, and then delivers from the first row"
    )
    func brokerLate() async throws {
        let scene = try Scene()
        scene.broker.stop()
        let start = Date()
        try scene.daemon.start()
        let duration = Date().timeIntervalSince(start)
        // A second, on a machine that does nothing else.
        #expect(duration < 3, "started after \(duration) s")
        await pause(3)
        try scene.broker.start()
        await Self.expectConnections(of: scene.daemon, atLeast: 1, within: 60)
        await pause(1)
        #expect(scene.daemon.stop() == 0)
        try await Self.expectWhole(scene)
    }

    static func expectConnections(of daemon: Touchlined, atLeast count: Int, within seconds: Double) async {
        let isConnected = await eventually(within: seconds) {
            daemon.journal.components(separatedBy: "Connected to").count - 1 >= count
        }
        #expect(isConnected, "\(daemon.journal)")
    }

    /// Everything that the stopped daemon stored has arrived, as the contract says.
    static func expectWhole(_ scene: Scene) async throws {
        let reception = try await scene.drained()
        let (messages, findings) = try scene.verify()
        #expect(findings.isEmpty)
        #expect(reception.faults.isEmpty)
        #expect(reception.gaps.isEmpty)
        #expect(messages > 5)
        #expect(reception.numbers.count == messages)
        let seconds = reception.seconds.sorted()
        let isWhole = zip(seconds, seconds.dropFirst()).allSatisfy { $1 - $0 == 1 }
        #expect(isWhole, "seconds without a row: \(seconds)")
    }
}
