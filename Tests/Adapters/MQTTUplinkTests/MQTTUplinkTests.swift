import Foundation
import MQTTUplink
import Mosquitto
import Outbox
import Reactor
import TestSupport
import Testing

@Suite(
    .serialized,
    .enabled(if: MosquittoBroker.isInstalled, "mosquitto and mosquitto_sub are not installed")
)
struct MQTTUplinkTests {
    private func settings(_ ports: UInt16...) -> MQTTUplink.Settings {
        let brokers = ports.map { BrokerAddress(host: "127.0.0.1", port: $0, usesTLS: false) }
        return MQTTUplink.Settings(gateway: "pitch-1", brokers: brokers)
    }

    @Test(
        "The birth is retained, and after a crash or a goodbye the status is offline",
        arguments: [true, false]
    )
    func announces(graceful: Bool) async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let subscriber = try MosquittoSubscriber(broker)
        let gateway = await Gateway(settings(broker.port), count: 0, birth: #"{"state":"online"}"#)
        let topic = "touchline/pitch-1/status"
        let born = await eventually { subscriber.lines == [#"\#(topic) 0 {"state":"online"}"#] }
        #expect(born, "\(subscriber.lines)")

        await gateway.stop(graceful: graceful)
        let gone = await eventually { subscriber.lines.last == #"\#(topic) 0 {"state":"offline"}"# }
        #expect(gone && subscriber.lines.count == 2, "\(subscriber.lines)")
        let late = try MosquittoSubscriber(broker)
        let kept = await eventually { late.lines == [#"\#(topic) 1 {"state":"offline"}"#] }
        #expect(kept, "\(late.lines)")
    }

    @Test("2,000 messages survive a broker that is killed and started again twice, in order and complete")
    func survivesKills() async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let subscriber = try MosquittoSubscriber(
            broker,
            topics: ["touchline/pitch-1/record"],
            format: "%P %p"
        )
        var delivery = Gateway.impatient
        delivery.rate = 500
        let gateway = await Gateway(settings(broker.port), delivery, count: 2_000)
        for share in [300, 600] as [UInt64] {
            #expect(await eventually { await gateway.cursor > share })
            broker.kill()
            try broker.start()
        }
        #expect(await eventually(within: 30) { await gateway.cursor == 2_001 })

        let cursors = await gateway.cursors
        #expect(cursors == cursors.sorted() && cursors.last == 2_001)
        #expect(await gateway.connections.count >= 3)
        // What was acknowledged to nobody, because the subscriber was not back, MQTT never promised.
        let promised = await gateway.codes.filter { $0.value == 0 }.map { $0.key }
        let heard = await eventually {
            let lines = Set(subscriber.lines)
            let missing = promised.filter { !lines.contains(#"stream:5f0c seq:\#($0) {"seq":\#($0)}"#) }
            // A broker without persistence may forget what it has acknowledged and not yet passed on: at most
            // a window for each kill.
            return missing.count <= 2 * 20
        }
        #expect(heard && promised.count > 300)
        let order = subscriber.lines.compactMap { $0.split(separator: ":").last?.dropLast() }.compactMap {
            UInt64($0)
        }
        var seen: Set<UInt64> = []
        let firsts = order.filter { seen.insert($0).inserted }
        #expect(firsts == firsts.sorted())
        await gateway.stop(graceful: true)
    }

    @Test("A broker that is not there yet is found when it appears")
    func waits() async throws {
        let broker = try MosquittoBroker()
        let gateway = await Gateway(settings(broker.port), count: 5)
        #expect(await eventually { await gateway.failures.count >= 3 })
        guard case .unreachable? = await gateway.failures.first else { return #expect(Bool(false)) }
        try broker.start()
        #expect(await eventually { await gateway.cursor == 6 })
        await gateway.stop(graceful: true)
    }

    @Test("A broker that stalls is given up after the answer timeout, and served again when it is back")
    func survivesStall() async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        var delivery = Gateway.impatient
        delivery.rate = 50
        let gateway = await Gateway(settings(broker.port), delivery, count: 100)
        #expect(await eventually { await gateway.cursor > 10 })
        broker.pause()
        let before = await gateway.cursor
        try await Task.sleep(nanoseconds: 2_500_000_000)
        #expect(await gateway.cursor <= before + 20)
        broker.resume()
        #expect(await eventually(within: 20) { await gateway.cursor == 101 })
        #expect(await gateway.connections.count >= 2)
        await gateway.stop(graceful: true)
    }

    @Test("When the first broker is away the next one is served")
    func failsOver() async throws {
        let second = try MosquittoBroker()
        try second.start()
        let gateway = await Gateway(settings(try freePort(), second.port), count: 3)
        #expect(await eventually { await gateway.cursor == 4 })
        #expect(await gateway.connections.map(\.port) == [second.port])
        await gateway.stop(graceful: true)
    }

    @Test("When the first broker takes the connection and says nothing the next one is served")
    func failsOverFromSilence() async throws {
        let first = try MosquittoBroker()
        let second = try MosquittoBroker()
        try first.start()
        try second.start()
        first.pause()
        let gateway = await Gateway(settings(first.port, second.port), count: 3)
        #expect(await eventually { await gateway.cursor == 4 })
        #expect(await gateway.connections.map(\.port) == [second.port])
        await gateway.stop(graceful: true)
        first.resume()
    }

    @Test("The listener may connect, disconnect and publish from inside every event")
    func reenters() async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let listener = await Reentrant(settings(try freePort(), broker.port))
        #expect(await eventually { await listener.isDone })
        #expect(await listener.failureCount >= 1)
        #expect(await listener.connectionCount == 6)
    }

    @Test("An ACL that forbids the topic holds the uplink")
    func holds() async throws {
        let directory = TemporaryDirectory()
        try "topic write other/#\n".write(toFile: directory.file("acl"), atomically: true, encoding: .utf8)
        let broker = try MosquittoBroker(["acl_file \(directory.file("acl"))"])
        try broker.start()
        let gateway = await Gateway(settings(broker.port), count: 3)
        #expect(await eventually { await gateway.outbox.isHeld })
        #expect(await gateway.codes[1] == 0x87)
        #expect(await gateway.cursor == 1)
        await gateway.stop(graceful: true)
    }

    @Test("Live messages arrive with their expiry, and are skipped while the broker takes nothing")
    func skipsLive() async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let subscriber = try MosquittoSubscriber(
            broker,
            topics: ["touchline/pitch-1/live/+"],
            format: "%t %E %p"
        )
        let gateway = await publishTooEarly(settings(broker.port))
        let uplink = await gateway.uplink!
        #expect(await eventually { await !gateway.connections.isEmpty })
        await uplink.publishLive(topic: "live/athlete_01", payload: [0x7B, 0x7D])
        let arrived = await eventually { subscriber.lines == ["touchline/pitch-1/live/athlete_01 5 {}"] }
        #expect(arrived, "\(subscriber.lines)")

        broker.pause()
        let row = [UInt8](repeating: 0x20, count: 10_000)
        var sent = 0
        while await uplink.skippedLiveCount == 0, sent < 5_000 {
            await uplink.publishLive(topic: "live/athlete_01", payload: row)
            sent += 1
        }
        #expect(sent < 5_000)
        broker.resume()
        await gateway.stop(graceful: true)
    }

    @Test("Retained messages of one topic overtake each other, and the newest one stays")
    func keepsNewest() async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let gateway = await Gateway(settings(broker.port), count: 0)
        #expect(await eventually { await !gateway.connections.isEmpty })
        await publishMany(on: gateway.uplink)
        let kept = try await eventually {
            let expected = (0..<10).map { "touchline/pitch-1/sensor/\($0) 1 99" }
            let late = try MosquittoSubscriber(broker)
            return await eventually(within: 0.5) { late.lines.sorted() == expected }
        }
        #expect(kept)
        await gateway.stop(graceful: true)
    }

    /// Publishes in the same turn of the reactor in which the attempt to connect starts.
    @Reactor
    private func publishTooEarly(_ settings: MQTTUplink.Settings) -> Gateway {
        let gateway = Gateway(settings, count: 0)
        gateway.uplink.publishLive(topic: "live/athlete_01", payload: [0x7B, 0x7D])
        #expect(gateway.uplink.skippedLiveCount == 1)
        return gateway
    }

    @Reactor
    private func publishMany(on uplink: MQTTUplink) {
        for value in 0..<100 {
            for sensor in 0..<10 {
                uplink.publishRetained(topic: "sensor/\(sensor)", payload: Array(String(value).utf8))
            }
        }
    }
}

/// Connects anew from inside the events of an uplink, five times, and disconnects with the first answer.
@Reactor
private final class Reentrant {
    private(set) var failureCount = 0
    private(set) var connectionCount = 0
    private(set) var isDone = false
    private var uplink: MQTTUplink!

    init(_ settings: MQTTUplink.Settings) {
        uplink = MQTTUplink(settings) { [weak self] in self?.hear($0) }
        uplink.connect()
    }

    private func hear(_ event: MQTTUplink.Event) {
        switch event {
        case .lost:
            failureCount += 1
            uplink.connect()
        case .connected:
            connectionCount += 1
            uplink.publish(1, topic: "record", payload: [], key: .init(stream: "5f0c", sequence: 1))
            guard connectionCount < 6 else { return }
            if connectionCount.isMultiple(of: 2) { uplink.disconnect(graceful: true) }
            uplink.connect()
        case .answered:
            isDone = true
            uplink.disconnect(graceful: false)
        }
    }
}
