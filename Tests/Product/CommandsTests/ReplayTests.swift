import ActivityFile
import CaptureFile
import Commands
import Foundation
import Reframing
import TestSupport
import Testing

/// Captures through the whole pipeline, to the bytes of the durable messages.
///
/// `GOLDEN=rewrite swift test --filter ReplayTests` writes the golden files anew; look at the difference
/// before committing it.
@Suite struct ReplayTests {
    @Test("A capture gives the golden messages, and the same bytes twice", arguments: ["squad", "session"])
    func golden(name: String) async throws {
        let output = TemporaryDirectory()
        let capture = Self.tests.appendingPathComponent("Product/CommandsTests/Replays/\(name).ndjson.zst")
            .path
        for run in ["a", "b"] { #expect(await touchline("replay", capture, "-o", output.file(run)) == 0) }
        let messages = try Data(contentsOf: URL(fileURLWithPath: output.file("a")))
        let again = try Data(contentsOf: URL(fileURLWithPath: output.file("b")))
        #expect(messages == again)

        let golden = Self.tests.appendingPathComponent(
            "Product/CommandsTests/Replays/\(name).messages.ndjson"
        )
        if ProcessInfo.processInfo.environment["GOLDEN"] == "rewrite" { try messages.write(to: golden) }
        let expected = try Data(contentsOf: golden)
        #expect(messages == expected)
    }

    @Test(
        "The intervals of a real run come out as they went in, over ANT pages and over 2A37",
        arguments: [ReframedRadio.ant, .ble]
    )
    func realIntervals(radio: ReframedRadio) async throws {
        let directory = TemporaryDirectory()
        let folder = Self.tests.appendingPathComponent("Adapters/ActivityFileTests/Activities")
        let activity = try ActivityFile(path: folder.appendingPathComponent("garmin-fenix-5-run.fit").path)
        let intervals = activity.intervals
        let reframing = Reframing(activity, name: "garmin-fenix-5-run.fit", radio: radio)
        var writer = try CaptureWriter(path: directory.file("run.ndjson"), header: reframing.header)
        try reframing.forEachFrame { try writer.write(.frame($0)) }
        try writer.close()
        #expect(
            await touchline("replay", directory.file("run.ndjson"), "-o", directory.file("messages")) == 0
        )

        var told: [Double] = []
        for line in try String(contentsOfFile: directory.file("messages"), encoding: .utf8).split(
            separator: "\n"
        ) {
            let message = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            )
            for athlete in message["athletes"] as? [[String: Any]] ?? [] {
                for row in athlete["rows"] as? [[String: Any]] ?? [] {
                    told += row["rr_ms"] as? [Double] ?? []
                }
            }
        }
        // The wire has 1/1024 s, and an interval between two rounded times is off by one step at most.
        let kept = intervals.filter { (250...2400).contains($0) }
        #expect(told.count >= kept.count - 2)
        #expect(told.count <= kept.count)
        let offset = kept.count - told.count
        for (index, interval) in told.enumerated() {
            #expect(abs(interval - Double(kept[index + offset])) < 1.1, "beat \(index)")
        }
    }

    @Test("The log of a real stick runs through the pipeline without a damaged frame")
    func stickLog() async throws {
        let output = TemporaryDirectory()
        let log = Self.tests.appendingPathComponent("Adapters/CaptureFileTests/Captures/zwift_usb_dump.jsonl")
        #expect(await touchline("replay", "--strict", log.path, "-o", output.file("messages")) == 0)
    }

    @Test("A replay takes what the operator said about sensors from the capture")
    func settings() async throws {
        let directory = TemporaryDirectory()
        let capture = directory.file("c.ndjson")
        #expect(await touchline("simulate", "--athletes", "1", "--minutes", "2", "-o", capture) == 0)
        let text = try String(contentsOfFile: capture, encoding: .utf8)
        let pod = try #require(text.firstMatch(of: #/ant:\d+:124/#)).output
        let settings = #""settings":{"\#(pod)":{"calibration":2,"side":"left"}},"note""#
        try text.replacingOccurrences(of: #""note""#, with: settings)
            .write(toFile: directory.file("d.ndjson"), atomically: false, encoding: .utf8)
        var distances: [Double] = []
        for name in ["c", "d"] {
            let messages = directory.file(name + ".messages")
            #expect(await touchline("replay", directory.file(name + ".ndjson"), "-o", messages) == 0)
            let told = try String(contentsOfFile: messages, encoding: .utf8)
                .matches(of: #/"distance":([\d.]+)/#).last
            let distance = told.flatMap { Double($0.output.1) }
            distances.append(try #require(distance))
        }
        #expect(distances[0] > 10)
        #expect(abs(distances[1] - 2 * distances[0]) < 0.2)
    }

    @Test("A line that cannot be read is skipped, and stops a strict replay")
    func brokenLine() async throws {
        let directory = TemporaryDirectory()
        let capture = directory.file("c.ndjson")
        #expect(await touchline("simulate", "--athletes", "2", "--minutes", "0.1", "-o", capture) == 0)
        var lines = try String(contentsOfFile: capture, encoding: .utf8).split(separator: "\n")
        lines.insert("no JSON", at: 5)
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: capture))
        #expect(await touchline("replay", capture, "-o", directory.file("m")) == 0)
        #expect(await touchline("replay", "--strict", capture, "-o", directory.file("m")) == 1)
    }

    @Test("Wrong usage ends with status 2, what cannot be done with 1")
    func status() async {
        #expect(await touchline("replay") == 2)
        #expect(await touchline("replay", "/nowhere") == 1)
        #expect(await touchline("replay", "x", "--speed", "fast") == 2)
        #expect(await touchline("decode", "ant.nothing", "00") == 2)
        #expect(await touchline("decode", "ant.hr", "xyz") == 2)
        #expect(await touchline("decode", "ant.hr", "00") == 1)
        #expect(await touchline("simulate") == 2)
        #expect(await touchline("verify", "--store", "/nowhere") == 1)
        #expect(await touchline("nonsense") == 2)
    }

    private static let tests = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func touchline(_ arguments: String...) async -> Int32 {
        await CommandLineTool.run(arguments: arguments)
    }
}
