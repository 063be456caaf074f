import Testing
import Wire

@Suite struct UTCTimeTests {
    static let pairs: [(String, Int64)] = [
        ("1970-01-01T00:00:00.000Z", 0),
        ("2026-11-21T11:00:00.000Z", 1_795_258_800_000_000_000),
        ("2000-02-29T23:59:59.999Z", 951_868_799_999_000_000),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2026-01-01T00:00:00.000000001Z", 1_767_225_600_000_000_001),
    ]

    @Test("A time reads back as it was written", arguments: pairs)
    func roundTrip(text: String, nanoseconds: Int64) {
        #expect(UTCTime.text(nanoseconds) == text)
        #expect(UTCTime.nanoseconds(text) == nanoseconds)
    }

    @Test("Offsets, missing fractions and leap seconds are understood")
    func forms() {
        #expect(UTCTime.nanoseconds("1970-01-01T01:30:00+01:30") == 0)
        #expect(UTCTime.nanoseconds("1969-12-31 19:00:00.5-05:00") == 500_000_000)
        #expect(UTCTime.nanoseconds("2016-12-31T23:59:60Z") == UTCTime.nanoseconds("2017-01-01T00:00:00Z"))
        #expect(UTCTime.nanoseconds("1970-01-01T00:00:00.1234567899Z") == 123_456_789)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
            "2026-01-01", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "9999-01-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        ]
    )
    func refused(text: String) {
        #expect(UTCTime.nanoseconds(text) == nil)
    }

    @Test("Every day of four centuries reads back")
    func days() {
        for day in stride(from: Int64(-50_000), to: 100_000, by: 1) {
            let time = day * 24 * .hour
            #expect(UTCTime.nanoseconds(UTCTime.text(time)) == time)
        }
    }
}
