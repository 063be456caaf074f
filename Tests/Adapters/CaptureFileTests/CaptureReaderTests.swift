import CaptureFile
import Compression
import Foundation
import Messages
import TestSupport
import Testing
import Wire

@Suite struct CaptureReaderTests {
    /// The contract's example, its gaps filled.
    static let lines: [String] = [
        #"{"capture":1,"gateway":"pitch-1","boot":"00112233445566778899aabbccddeeff","t":1234000000,"#
            + #""realtime":"2026-11-21T11:00:00.000Z","clock":"synced","sources":{"ant0":{"serial":"1234"},"#
            + #""hci0":{"address":"00:11:22:33:44:55"},"api":{}},"roster":[{"athlete_id":"athlete_01","#
            + #""sensors":["ant:54321:120"],"max_heart_rate":190}],"#
            + #""settings":{"ant:54321:123":{"wheel_circumference":2.105},"#
            + #""ant:54321:124":{"calibration":1.02,"side":"left"}}}"#,
        #"{"t":1234567890,"source":"ant0","sensor":"ant:54321:120","rssi":-61,"hex":"0400A1B251B4288E"}"#,
        #"{"t":1234570000,"source":"hci0","sensor":"ble:C0:FF:EE:00:00:01","characteristic":"2a37","#
            + #""hex":"168EB001"}"#,
        #"{"t":1234580000,"source":"hci0","sensor":"ble:C0:FF:EE:00:00:02","advertisement":true,"rssi":-70,"#
            + #""hex":"0201060AFF6B00"}"#,
        #"{"t":1234585000,"source":"ant0","usb":"rx","hex":"A414"}"#,
        #"{"t":1234590000,"source":"api","sensor":"api:phone:athlete_01","#
            + #""json":{"speed":4.2,"gps_lat":40.7128}}"#,
        #"{"t":1234595000,"source":"ant0","sensor":"ant:1048575:124","agc":4,"rx":65535,"#
            + #""hex":"0100000000000000"}"#,
        #"{"t":1234600000,"control":"session/start","session_id":"01234567-89ab-7def-8123-456789abcdef"}"#,
        #"{"t":1234610000,"control":"session/mark","label":"half \"time\""}"#,
        #"{"t":1234620000,"control":"assign","sensor":"ant:54321:120","athlete_id":"athlete_01","from":5}"#,
        #"{"t":1234630000,"control":"clock","realtime":"2026-11-21T11:00:01.000Z","#
            + #""anchor":"kernel","error_ms":1.5}"#,
        #"{"t":1234640000,"control":"session/stop"}"#,
    ]

    @Test(
        "The contract's lines are read, and written again byte for byte",
        arguments: ["a.ndjson", "a.zst", "a.gz"]
    )
    func roundTrip(name: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("in.ndjson")
        try write(Self.lines, to: path)
        var reader = try CaptureReader(path: path, isStrict: true)
        var writer = try CaptureWriter(path: directory.file(name), header: reader.header)
        var numbers: [Int] = []
        while let (line, event) = try reader.next() {
            numbers.append(line)
            try writer.write(event)
        }
        try writer.close()
        #expect(numbers == Array(2...12))
        #expect(try text(directory.file(name)) == Self.lines.joined(separator: "\n") + "\n")
    }

    @Test("Header and events say what the lines say")
    func values() throws {
        let (header, events) = try read(Self.lines)
        #expect(header.gateway == "pitch-1")
        #expect(header.boot.description == "00112233445566778899aabbccddeeff")
        #expect(header.time.nanoseconds == 1_234_000_000)
        #expect(header.realtime == 1_795_258_800_000_000_000)
        #expect(header.clock == .synced)
        #expect(header.sources.sources.map(\.name) == ["ant0", "hci0", "api"])
        let athlete = CapturedAthlete(id: "athlete_01", sensors: ["ant:54321:120"], maxHeartRate: 190)
        #expect(header.roster == [athlete])
        var (wheel, pod) = (SensorSettings(), SensorSettings())
        wheel.wheelCircumference = 2.105
        (pod.calibration, pod.side) = (1.02, .left)
        #expect(header.settings[.ant(number: 54321, type: 123)] == wheel)
        #expect(header.settings[.ant(number: 54321, type: 124)] == pod)

        let page = Frame(
            time: Instant(nanoseconds: 1_234_567_890),
            source: SourceIndex(0),
            sensor: .ant(number: 54321, type: 120),
            channel: .antPage,
            strength: .dBm(-61),
            payload: Payload([0x04, 0x00, 0xA1, 0xB2, 0x51, 0xB4, 0x28, 0x8E])!
        )
        #expect(events[0] == .frame(page))
        guard case .frame(let value) = events[1], case .frame(let advertisement) = events[2] else {
            Issue.record("no frames")
            return
        }
        #expect(value.channel == .characteristic(AttributeUUID(0x2A37)))
        #expect(value.sensor == SensorID("ble:C0:FF:EE:00:00:01"))
        #expect(advertisement.channel == .advertisement)
        guard case .reading(let reading) = events[4] else {
            Issue.record("no reading")
            return
        }
        #expect(reading.json == Array(#"{"speed":4.2,"gps_lat":40.7128}"#.utf8))
        guard case .frame(let pod) = events[5] else {
            Issue.record("no frame")
            return
        }
        #expect(pod.strength == .gain(4))
        #expect(pod.receiveStamp == 65535)
        #expect(
            events[9]
                == .control(
                    .clock(utc: 1_795_258_801_000_000_000, error: 1_500_000, source: .kernel),
                    at: Instant(nanoseconds: 1_234_630_000)
                )
        )
    }

    static let damaged: [(String, String)] = [
        ("{}}", "no JSON at byte 2"),
        (#"{"t":1"#, "ends too early at byte 6"),
        (#"{"source":"ant0","sensor":"ant:1:120","hex":"00"}"#, "t is missing"),
        (#"{"t":1,"sensor":"ant:1:120","hex":"00"}"#, "source is missing"),
        (#"{"t":1,"source":"ant0","hex":"00"}"#, "sensor is missing"),
        (#"{"t":1,"source":"ant0","sensor":"ant:1:120"}"#, "hex is missing"),
        (#"{"t":1,"source":"ant0","sensor":"ant:1:120","hex":"0"}"#, "hex cannot be read"),
        (#"{"t":1,"source":"ant0","sensor":"ant:1:120","hex":"0G"}"#, "hex cannot be read"),
        (#"{"t":1,"source":"ant0","sensor":"ant:1048576:120","hex":"00"}"#, "sensor cannot be read"),
        (#"{"t":1,"source":"ant0","sensor":"ble:C0:FF:EE:00:00","hex":"00"}"#, "sensor cannot be read"),
        (
            #"{"t":1,"source":"h","sensor":"ble:C0:FF:EE:00:00:01","hex":"00"}"#,
            "characteristic or advertisement is missing"
        ),
        (#"{"t":1,"source":"ant0","sensor":"ant:1:120","rssi":-129,"hex":"00"}"#, "rssi cannot be read"),
        (#"{"t":1.5,"source":"ant0","sensor":"ant:1:120","hex":"00"}"#, "a number out of range at byte 5"),
        (#"{"t":1,"control":"session/pause"}"#, "unknown control session/pause"),
        (#"{"t":1,"control":"session/start","session_id":"x"}"#, "session_id cannot be read"),
        (#"{"t":1,"source":"ant0","usb":"up","hex":"00"}"#, "another type of value at byte 30"),
    ]

    @Test(
        "A line that cannot be read is counted, named and skipped; strict stops there",
        arguments: damaged
    )
    func unreadable(line: String, reason: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a")
        try write([Self.lines[0], Self.lines[1], line, "", Self.lines[2]], to: path)
        var reader = try CaptureReader(path: path)
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == 2)
        #expect(reader.skipped.count == 1)
        #expect(reader.skipped.named.map(\.number) == [3])
        #expect(reader.skipped.named.map(\.reason) == [reason])

        var strict = try CaptureReader(path: path, isStrict: true)
        #expect(try strict.next() != nil)
        do throws(CaptureError) {
            _ = try strict.next()
            Issue.record("It went on.")
        } catch {
            #expect(error == .unreadableLine(path: path, line: 3, reason: reason))
        }
    }

    @Test(
        "What is no capture is refused with a reason",
        arguments: [
            "", "\n\n", "{}", #"{"capture":2,"gateway":"a","t":1}"#, #"{"capture":1,"t":1}"#, "hello",
            #"{"capture":1,"gateway":"a","t":1,"boot":"x"}"#,
            #"{"capture":1,"gateway":"a","t":1,"realtime":"x"}"#,
            #"{"capture":1,"gateway":"a","t":1,"settings":{"ant:1:123":{"wheel_circumference":1e9}}}"#,
            #"{"capture":1,"gateway":"a","t":1,"settings":{"ant:1:124":{"calibration":0}}}"#,
            #"{"capture":1,"gateway":"a","t":1,"settings":{"ant:1:124":{"calibration":"1"}}}"#,
        ]
    )
    func noCapture(text: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a")
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        do throws(CaptureError) {
            _ = try CaptureReader(path: path)
            Issue.record("It opened.")
        } catch {
            guard case .unknownFormat = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("A capture that was cut off gives its lines and then the error")
    func truncated() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.zst")
        var writer = try CaptureWriter(path: path, header: try read(Self.lines).header)
        let event = try read(Self.lines).events[0]
        for _ in 0..<1_000 { try writer.write(event) }
        try writer.flush()
        var reader = try CaptureReader(path: path)
        var count = 0
        do throws(CaptureError) {
            while try reader.next() != nil { count += 1 }
            Issue.record("The end is missing, but nobody said so.")
        } catch {
            #expect(error == .stream(.truncated(path: path)))
        }
        #expect(count == 1_000)
        try writer.close()
    }

    @Test("A transfer longer than a payload arrives in pieces")
    func longTransfer() throws {
        let bytes = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        let line = #"{"t":7,"source":"ant0","usb":"rx","hex":"\#(Hex.text(bytes))"}"#
        let (_, events) = try read([Self.lines[0], line])
        var received: [UInt8] = []
        for case .transfer(let transfer) in events {
            received += transfer.payload.bytes
            #expect(transfer.time.nanoseconds == 7)
        }
        #expect(events.count == 3)
        #expect(received == bytes)
    }

    @Test("A line beyond the buffer is skipped, and the next one read")
    func longLine() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a")
        try write([Self.lines[0], String(repeating: "x", count: 3 << 20), Self.lines[1]], to: path)
        var reader = try CaptureReader(path: path)
        let next = try reader.next()
        #expect(next?.line == 3)
        #expect(reader.skipped.named.map(\.number) == [2])
        #expect(try reader.next() == nil)
    }

    @Test("Damaged captures never trap")
    func noise() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a")
        var random = SplitMix64(seed: 9)
        var skipped = 0
        for _ in 0..<200 {
            var bytes = Array((Self.lines.joined(separator: "\n") + "\n").utf8)
            for _ in 0..<20 {
                let index = Int.random(in: Self.lines[0].utf8.count + 1..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            var reader = try CaptureReader(path: path)
            while try reader.next() != nil {}
            skipped += reader.skipped.count
        }
        #expect(skipped > 200)
    }

    private func read(_ lines: [String]) throws -> (header: CaptureHeader, events: [CaptureEvent]) {
        let directory = TemporaryDirectory()
        try write(lines, to: directory.file("a"))
        var reader = try CaptureReader(path: directory.file("a"), isStrict: true)
        var events: [CaptureEvent] = []
        while let (_, event) = try reader.next() { events.append(event) }
        return (reader.header, events)
    }

    private func write(_ lines: [String], to path: String) throws {
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func text(_ path: String) throws -> String {
        var reader = try CompressedReader(path: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
        defer { buffer.deallocate() }
        let count = try reader.read(into: buffer)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
