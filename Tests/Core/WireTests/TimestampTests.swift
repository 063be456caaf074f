import Foundation
import Testing
import Wire

@Suite struct TimestampTests {
    @Test("Text is RFC 3339 with milliseconds, rounded to the nearest")
    func text() {
        #expect(Timestamp.text(0) == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp.text(1_795_345_201 * .second) == "2026-11-22T11:00:01.000Z")
        #expect(Timestamp.text(1_499_999) == "1970-01-01T00:00:00.001Z")
        #expect(Timestamp.text(1_500_000) == "1970-01-01T00:00:00.002Z")
        #expect(Timestamp.text(-1) == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp.text(.min) == "1677-09-21T00:12:43.145Z")
    }

    @Test("Fractions and offsets are read; what is no time is refused")
    func parse() {
        func read(_ text: String) -> Nanoseconds? { Timestamp.parse(Array(text.utf8)) }
        #expect(read("2026-11-22T11:00:01.5Z") == 1_795_345_201 * .second + 500 * .millisecond)
        #expect(read("2026-11-22T13:00:01+02:00") == 1_795_345_201 * .second)
        #expect(read("2026-11-22T11:00:01") == 1_795_345_201 * .second)
        for wrong in [
            "", "2026-02-30T00:00:00Z", "2026-11-22", "2026-11-22T11:00:01.Z", "9999-12-31T23:59:59Z", "x",
        ] {
            #expect(read(wrong) == nil, "\(wrong)")
        }
    }

    @Test("Ten thousand days and times agree with Foundation's calendar")
    func agreesWithFoundation() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var random = SplitMix64(seed: 7)
        for _ in 0..<10_000 {
            let milliseconds = Int64.random(in: -2_000_000_000_000...9_000_000_000_000, using: &random)
            let text = Timestamp.text(milliseconds * .millisecond)
            #expect(text == formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1000)))
            #expect(Timestamp.parse(Array(text.utf8)) == milliseconds * .millisecond)
        }
    }
}
