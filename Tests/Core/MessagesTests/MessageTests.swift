import JSON
import Messages
import Testing
import Twin
import Wire

@Suite struct MessageTests {
    static let boot = BootID(high: 1, low: 2)
    static let anchor = Anchor(
        boot: boot,
        at: Instant(nanoseconds: 100 * .second),
        utc: 1_795_345_200 * .second,
        error: nil,
        source: .kernel
    )

    @Test("A record reads as the contract shows it")
    func record() throws {
        let body = RecordBody.pack([Self.block()], time: Self.time)
        let text = try Self.write(Self.message(.record, body: body))
        let expected = #"""
            {"schema":"touchline.record/1","gateway":"pitch-1","stream":"00000000-0000-0001-0000-000000000002","seq":1042,"clock":"synced","athletes":[{"athlete_id":"athlete_01","session_id":"00000000-0000-0003-0000-000000000004","sensors":{"heart_rate":"ant:54321:120","speed":"ble:C0:FF:EE:00:00:01"},"rows":[{"timestamp":"2026-11-22T11:00:01.000Z","heart_rate":142,"rr_ms":[421.9,423.8],"rr_artifacts":[1],"speed":4.81,"cadence":172,"quality":{"heart_rate":1,"motion":0.75},"age":{"speed":2.1}}]}]}
            """#
        #expect(text == expected)
    }

    @Test("An event carries its members behind its type")
    func event() throws {
        let body = EventBody.pack(type: "stream.new") { $0.member("reason", "created") }
        #expect(
            try Self.write(Self.message(.event, body: body)) == #"""
                {"schema":"touchline.event/1","gateway":"pitch-1","stream":"00000000-0000-0001-0000-000000000002","seq":1042,"timestamp":"2026-11-22T11:00:01.000Z","clock":"synced","type":"stream.new","reason":"created"}
                """#
        )
    }

    @Test("A withdrawal names its range and why")
    func withdrawal() throws {
        var message = Self.message(.withdrawn, body: [WithdrawalReason.bound.rawValue])
        message.lastPosition = message.position + 7
        #expect(
            try Self.write(message)
                == #"{"schema":"touchline.withdrawn/1","stream":"00000000-0000-0001-0000-000000000002","seq":1042,"to_seq":1049,"reason":"bound"}"#
        )
    }

    @Test("An estimated time always states its error")
    func estimated() throws {
        var message = Self.message(.event, body: EventBody.pack(type: "x"))
        message.anchor?.source = .upstream
        message.anchor?.error = 1_500_000
        #expect(try Self.write(message).contains(#""clock":"estimated","clock_error_ms":2,"#))
    }

    @Test("Times and errors at the ends of the range are clamped, never a trap")
    func ends() throws {
        for (utc, time) in [(Int64.max, Int64.max / 2), (.min, 0), (.max, .max), (.min, .min)] {
            var message = Self.message(.event, body: EventBody.pack(type: "x"))
            message.time = Instant(nanoseconds: time)
            message.anchor?.utc = utc
            message.anchor?.source = .operator
            message.anchor?.error = .max
            #expect(try Self.write(message).contains(#""clock_error_ms":9223372036855,"#))
        }
    }

    @Test("What is packed comes back with the decimals of messages, for any row")
    func roundTrip() throws {
        var random = SplitMix64(seed: 3)
        for _ in 0..<300 {
            let blocks = (0..<Int.random(in: 1...4, using: &random)).map {
                Self.randomBlock($0, using: &random)
            }
            let body = RecordBody.pack(blocks, time: Self.time)
            let back = try RecordBody.unpack(body, time: Self.time)
            #expect(RecordBody.pack(back, time: Self.time) == body)
            #expect(back.map(\.athlete) == blocks.map(\.athlete))
            #expect(back.map(\.rows.count) == blocks.map(\.rows.count))
            for (row, original) in zip(back.flatMap(\.rows), blocks.flatMap(\.rows)) {
                #expect(row.time == original.time)
                #expect(row.beats == original.beats)
                #expect(row.hasSameSensors(as: original))
                for metric in Metric.allCases {
                    #expect(row.isPresent(metric) == original.isPresent(metric))
                    let step = [1, 0.1, 0.01, 0, 0, 0, 0, 1e-7][metric.decimals]
                    #expect(abs((row[metric] ?? 0) - (original[metric] ?? 0)) <= step / 2 + 1e-9)
                }
            }
        }
    }

    @Test("Bytes that are no body are a failure, never a trap")
    func noise() {
        var random = SplitMix64(seed: 4)
        let good = RecordBody.pack([Self.block(), Self.block()], time: Self.time)
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255,
                    using: &random
                )
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            // Whether it reads or not is up to the bytes; a message made of it must not trap either.
            _ = try? Self.write(Self.message(.record, body: bytes))
        }
    }

    @Test("A row whose time no instant can hold is a failure")
    func timeOutOfRange() throws {
        var block = Self.block()
        block.rows[0].time = Self.time - 2 * .second
        let body = RecordBody.pack([block], time: Self.time)
        let earliest = Instant(nanoseconds: .min + 2 * .second)
        #expect(
            try RecordBody.unpack(body, time: earliest).first?.rows.first?.time == Instant(nanoseconds: .min)
        )
        #expect(throws: BodyFailure.self) { try RecordBody.unpack(body, time: earliest - 1) }
    }

    static let time = Instant(nanoseconds: 101 * .second)

    static func message(_ kind: MessageKind, body: [UInt8]) -> StoredMessage {
        StoredMessage(
            position: 2_042,
            lastPosition: 2_042,
            identity: StreamIdentity(stream: UUID(high: 1, low: 2), gateway: "pitch-1"),
            seq: 1_042,
            kind: kind,
            boot: boot,
            time: time,
            body: body,
            anchor: anchor
        )
    }

    static func write(_ message: StoredMessage) throws -> String {
        var writer = MessageWriter()
        return String(decoding: try writer.write(message), as: UTF8.self)
    }

    static func block() -> RecordBlock {
        var row = Row(time: time)
        row[.heartRate] = 142
        row[.speed] = 4.8125
        row[.cadence] = 171.6
        row.setAge(2.13, of: .speed)
        row.setAge(0.9, of: .heartRate)
        row.beats.append(milliseconds: 421.875)
        row.beats.append(milliseconds: 423.828125, isArtefact: true)
        row.setQuality(1, of: .heartRate)
        row.setQuality(0.75, of: .motion)
        row.setSensor(.ant(number: 54321, type: 120), of: .heartRate)
        row.setSensor(.ble(address: 0xC0FF_EE00_0001), of: .motion)
        return RecordBlock(athlete: "athlete_01", session: UUID(high: 3, low: 4), rows: [row])
    }

    static func randomBlock(_ index: Int, using random: inout SplitMix64) -> RecordBlock {
        let rows = (0..<Int.random(in: 1...10, using: &random)).map { age in
            var row = Row(time: time - Int64(age) * .second)
            for metric in Metric.allCases where Bool.random(using: &random) {
                row[metric] = Double.random(in: -500...500, using: &random)
                if Bool.random(using: &random) {
                    row.setAge(Float.random(in: 0...15, using: &random), of: metric)
                }
            }
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                row.beats.append(milliseconds: Double.random(in: 250...2400, using: &random))
            }
            row.setSensor(.ant(number: UInt32(index), type: 120), of: .heartRate)
            row.setQuality(Float.random(in: 0...1, using: &random), of: .heartRate)
            return row
        }
        return RecordBlock(athlete: "a\(index)", session: nil, rows: rows)
    }
}
