import Foundation
import Messages
import TestSupport
import Testing
import Twin
import Wire

/// Real output against the JSON Schemas of the package, judged by python3-jsonschema.
@Suite(.enabled(if: Judge.isInstalled, "needs python3-jsonschema (make setup)"))
struct SchemaTests {
    @Test(
        "What a daemon publishes is as the schemas say, on every topic",
        .enabled(
            if: Touchlined.isBuilt && MosquittoBroker.isInstalled,
            "needs touchlined beside the tests (swift build) and mosquitto (make setup)"
        )
    )
    func daemon() async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let subscriber = try MosquittoSubscriber(broker, format: "%t|%p")
        let daemon = try Touchlined(port: broker.port, athletes: 8)
        try daemon.start()
        // Health is published every 30 s.
        await pause(Double(setting("SCHEMA_SECONDS", default: 6)))
        #expect(daemon.stop() == 0)
        let isOffline = await eventually { subscriber.lines.contains { $0.contains("offline") } }
        #expect(isOffline)

        let messages = subscriber.lines.compactMap { line -> (schema: String, text: String)? in
            let parts = line.split(separator: "|", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            let topic = parts[0].dropFirst("touchline/proof/".count).prefix { $0 != "/" }
            return ("touchline.\(topic)-1", parts[1])
        }
        let faults = try Judge.faults(of: messages)
        #expect(faults.isEmpty, "\(faults.prefix(5).joined(separator: "\n"))")
        for topic in ["status", "live", "record", "event", "sensor"] {
            #expect(messages.contains { $0.schema == "touchline.\(topic)-1" }, "\(topic)")
        }
    }

    @Test("Rows with every metric, every clock class and withdrawals are as the schemas say")
    func writer() throws {
        var row = Row(time: Instant(nanoseconds: 5 * .second))
        for metric in Metric.allCases { row[metric] = 1.25 }
        row.setAge(2.5, of: .heartRate)
        for group in MetricGroup.allCases {
            row.setQuality(0.75, of: group)
            row.setSensor(.ant(number: 54_321, type: 120), of: group)
        }
        row.beats.append(tenths: 4_219, isArtefact: false)
        row.beats.append(tenths: 4_238, isArtefact: true)
        let block = RecordBlock(athlete: "athlete_01", session: UUID(high: 1, low: 2), rows: [row])
        var writer = MessageWriter()
        var messages: [(schema: String, text: String)] = []
        for source in [Anchor.Source.kernel, .operator, .assumed, .interpolated] {
            let anchor = Anchor(
                boot: BootID(high: 1, low: 1),
                at: row.time,
                utc: 1_767_225_600 * .second,
                error: source == .assumed ? nil : 1_500_000,
                source: source
            )
            var message = StoredMessage(
                position: 7,
                lastPosition: 7,
                identity: StreamIdentity(stream: UUID(high: 1, low: 2), gateway: "proof"),
                seq: 7,
                kind: .record,
                boot: anchor.boot,
                time: row.time,
                body: RecordBody.pack([block], time: row.time),
                anchor: anchor
            )
            messages.append(
                ("touchline.record-1", String(decoding: try writer.write(message), as: UTF8.self))
            )
            (message.kind, message.body) = (
                .event, EventBody.pack(type: "stream.new") { $0.member("reason", "created") }
            )
            messages.append(("touchline.event-1", String(decoding: try writer.write(message), as: UTF8.self)))
            (message.kind, message.lastPosition) = (.withdrawn, 12)
            message.body = [WithdrawalReason.bound.rawValue]
            messages.append(
                ("touchline.withdrawn-1", String(decoding: try writer.write(message), as: UTF8.self))
            )
            let live = writer.writeLive(row, of: "athlete_01", session: nil, gateway: "proof", anchor: anchor)
            messages.append(("touchline.live-1", String(decoding: live, as: UTF8.self)))
        }
        let faults = try Judge.faults(of: messages)
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }

    @Test("The schemas refuse what the contract forbids", arguments: forbidden.indices)
    func refuses(index: Int) throws {
        let (schema, text) = Self.forbidden[index]
        #expect(try Judge.faults(of: [(schema, text)]).count == 1, "\(text)")
    }

    static let stream = "8e1f7a52-3c1d-4b6e-9f0a-5d2c7b8a9e10"
    static let forbidden: [(String, String)] = [
        (
            "touchline.withdrawn-1",
            #"{"schema":"touchline.withdrawn/1","stream":"\#(stream)","seq":0,"to_seq":3,"reason":"bound"}"#
        ),
        (
            "touchline.withdrawn-1",
            #"{"schema":"touchline.withdrawn/1","stream":"\#(stream)","seq":1,"to_seq":3,"reason":"mood"}"#
        ),
        ("touchline.status-1", #"{"state":"online"}"#),
        ("touchline.live-1", live(#""heart_rate":null"#)),
        ("touchline.live-1", live(#""heart_rate":142.5"#)),
        ("touchline.live-1", live(#""sdnn":50"#)),
        ("touchline.live-1", live(#""quality":{"mood":1}"#)),
        ("touchline.live-1", live(#""age":{"heart_rate":0.5}"#)),
        ("touchline.live-1", live(#""clock_error_ms":3"#)),
        ("touchline.record-1", record(#""rows":[]"#)),
        ("touchline.record-1", record(#""rows":[{"timestamp":"2026-11-21T11:00:01Z","heart_rate":142}]"#)),
        ("touchline.record-1", record(#""rows":[{"timestamp":"2026-11-21T11:00:01.000Z"}]"#)),
        ("touchline.event-1", event("alert.heat")),
        ("touchline.event-1", event("mood.changed")),
    ]

    private static func live(_ member: String) -> String {
        #"{"schema":"touchline.live/1","gateway":"proof","athlete_id":"athlete_01","clock":"synced","#
            + #""sensors":{},"#
            + #""timestamp":"2026-11-21T11:00:01.000Z","# + member + "}"
    }

    private static func record(_ rows: String) -> String {
        #"{"schema":"touchline.record/1","gateway":"proof","stream":"\#(stream)","seq":1,"clock":"synced","#
            + #""athletes":[{"athlete_id":"athlete_01","sensors":{},"# + rows + "}]}"
    }

    private static func event(_ type: String) -> String {
        #"{"schema":"touchline.event/1","gateway":"proof","stream":"\#(stream)","seq":1,"clock":"synced","#
            + #""timestamp":"2026-11-21T11:00:01.000Z","type":"\#(type)"}"#
    }
}
