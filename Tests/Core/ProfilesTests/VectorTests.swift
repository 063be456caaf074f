import Foundation
import Profiles
import Testing
import Vectors

/// What the vector files say about every profile. A new profile adds a file, no test.
@Suite struct VectorTests {
    struct Line: Sendable, CustomTestStringConvertible {
        let file: String
        let text: String
        var result: VectorResult { VectorFile.check(line: text.utf8) }
        var testDescription: String { String(text.prefix(40)) }
    }

    static let lines: [Line] = {
        let folder = Bundle.module.resourceURL!.appendingPathComponent("Vectors")
        let urls = try! FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return urls.sorted { $0.path < $1.path }.flatMap { url in
            let text = String(decoding: try! Data(contentsOf: url), as: UTF8.self)
            return text.split(separator: "\n").map { Line(file: url.lastPathComponent, text: String($0)) }
        }
    }()

    @Test("Each vector decodes to what it expects", arguments: lines)
    func vector(line: Line) {
        let result = line.result
        #expect(result.differences.isEmpty, "\(line.file) \(result.id)")
        #expect(!result.id.isEmpty)
    }

    @Test("Every profile has vectors, and every vector a profile")
    func vectorsAreComplete() {
        #expect(Set(Self.lines.map(\.result.profile)) == Set(PayloadDescription.profiles))
    }

    @Test("No two vectors share an id")
    func idsAreUnique() {
        let ids = Self.lines.map(\.result.id)
        #expect(Set(ids).count == ids.count)
    }

    @Test("A vector lies in the file that its profile names")
    func filesAreNamedAfterProfiles() {
        for line in Self.lines {
            let words = line.result.profile.split(separator: ".")
            let expected = words[0] == "seq" ? "sequences" : words.prefix(2).joined(separator: "_")
            #expect(line.file == expected + ".jsonl")
        }
    }

    @Test(
        "A vector that does not hold is found out",
        arguments: [
            (
                #"{"id":"a","profile":"ble.bas.2a19","hex":"64","expect":{"battery_pct":99}}"#,
                "battery_pct is 100, expected 99"
            ),
            (
                #"{"id":"a","profile":"ble.bas.2a19","hex":"64","expect":{"battery_pct":null}}"#,
                "battery_pct is 100, expected null"
            ),
            (
                #"{"id":"a","profile":"ble.bas.2a19","hex":"64","expect":{"level":100}}"#,
                "level is absent, expected 100"
            ),
            (
                #"{"id":"a","profile":"ble.bas.2a19","hex":"64","expect":{"reject":true}}"#,
                "decoded, but must be rejected"
            ),
            (
                #"{"id":"a","profile":"ble.bas.2a19","hex":"","expect":{"battery_pct":0}}"#,
                "rejected: 0 bytes where 1 are needed"
            ),
            (#"{"id":"a","profile":"ble.bas.2a19","hex":"6","expect":{}}"#, "hex is not hexadecimal"),
            (#"{"id":"a","profile":"ble.bas","hex":"64","expect":{}}"#, "there is no profile named ble.bas"),
            (#"{"id":"a","profile":"ble.bas","hex":"64"}"#, "profile, hex or expect is missing"),
            (#"{"id":"a""#, "the text ends in the middle"),
        ]
    )
    func differences(line: String, expected: String) {
        #expect(VectorFile.check(line: line.utf8).differences == [expected])
    }
}
