import ActivityFile
import Foundation
import Testing
import Wire

@Suite struct ActivityFileTests {
    static let path = Bundle.module.resourceURL!.appendingPathComponent("Activities/garmin-fenix-5-run.fit")
        .path

    @Test("A real run has the intervals and heart rates that independent readers find")
    func run() throws {
        let file = try ActivityFile(path: Self.path)
        #expect(file.intervals.count == 113)
        #expect(file.intervals.reduce(0) { $0 + Int($1) } == 75_005)
        #expect(file.records.count == 21)
        let rates = file.records.compactMap(\.heartRate).map(Double.init)
        #expect(rates.count == 21)
        #expect(abs(rates.reduce(0, +) / 21 - 84.9524) < 1e-4)
        let times = file.records.compactMap(\.time)
        #expect(times.count == 21)
        #expect(times.last! - times.first! == 57)
    }

    static let shared = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../../shared/captures").standardizedFileURL.path

    /// Path, records, with heart rate, mean rate, intervals, their sum in ms, span in s.
    static let facts: [(String, Int, Int, Double, Int, Int, UInt32)] = [
        ("GoldenCheetah__GoldenCheetah/2017_hrv.FIT", 3822, 3821, 142.0379, 8174, 3_821_573, 3821),
        ("GoldenCheetah__GoldenCheetah/2019-09-07-11-22-19.fit", 941, 941, 156.6227, 9614, 3_661_456, 3654),
        ("GoldenCheetah__GoldenCheetah/Fr955v19.28andStryd.fit", 3118, 3118, 138.6517, 7220, 3_128_376, 3117),
        ("GoldenCheetah__GoldenCheetah/HRV-Data.fit", 4242, 4242, 134.4191, 9350, 4_241_027, 4241),
        (
            "GoldenCheetah__GoldenCheetah/Move_2019_03_17_10_24_32_Running.fit", 6641, 6630, 148.5136, 16117,
            6_642_929, 6640
        ),
        ("dtcooper__python-fitparse/compressed-speed-distance.fit", 755, 754, 170.5212, 0, 0, 3880),
        ("dtcooper__python-fitparse/developer-types-sample.fit", 3424, 3424, 130.8394, 0, 0, 3423),
        ("muktihari__fit/HrmPluginTestActivity.fit", 310, 84, 72.631, 151, 367_323, 309),
    ]

    @Test(
        "Long recordings too, with compressed times and developer fields",
        .enabled(if: FileManager.default.fileExists(atPath: shared)),
        arguments: facts.indices
    )
    func recordings(index: Int) throws {
        let (name, records, rated, mean, count, sum, span) = Self.facts[index]
        let file = try ActivityFile(path: Self.shared + "/" + name)
        #expect(file.records.count == records)
        let rates = file.records.compactMap(\.heartRate).map(Double.init)
        #expect(rates.count == rated)
        #expect(abs(rates.reduce(0, +) / Double(rated) - mean) < 1e-4)
        #expect(file.intervals.count == count)
        #expect(file.intervals.reduce(0) { $0 + Int($1) } == sum)
        let times = file.records.compactMap(\.time)
        #expect(times.max()! - times.min()! == span)
    }

    @Test("A compressed time replaces five bits and rolls over")
    func compressedTimes() throws {
        let data: [UInt8] = [
            0x40, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 2, 0x00, 0x3E, 0, 0, 1, 100,  // Full time 0x0100003E.
            0x41, 0, 0, 20, 0, 1, 3, 1, 2, 0xBF, 101, 0xA1, 102, 0xA1, 103, 0xA0, 0xFF,
        ]
        let file = try ActivityFile(bytes: Self.file(data), path: "a")
        #expect(
            file.records.map(\.time) == [0x0100_003E, 0x0100_003F, 0x0100_0041, 0x0100_0041, 0x0100_0060]
        )
        #expect(file.records.map(\.heartRate) == [100, 101, 102, 103, nil])
    }

    @Test("Developer fields are stepped over, and big-endian fields read")
    func developerFields() throws {
        let data: [UInt8] = [
            0x60, 0, 1, 0, 78, 1, 0, 4, 0x84, 1, 9, 3, 0,  // hrv, two intervals, three developer bytes.
            0x00, 0x03, 0xE8, 0xFF, 0xFF, 7, 7, 7, 0x00, 0x00, 0x01, 0x00, 0x02, 7, 7, 7,
        ]
        let bytes = Self.file(data)
        #expect(try ActivityFile(bytes: bytes, path: "a").intervals == [1000, 1, 2])
        #expect(try ActivityFile(bytes: bytes + bytes, path: "a").intervals == [1000, 1, 2, 1000, 1, 2])
    }

    @Test("Every truncation is a typed error")
    func truncated() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.path)))
        for count in stride(from: 0, to: bytes.count, by: 7) {
            let expected: ActivityFileError = count < 12 ? .unknownFormat(path: "a") : .truncated(path: "a")
            #expect(throws: expected) { try ActivityFile(bytes: Array(bytes[..<count]), path: "a") }
        }
    }

    @Test("One changed byte is noticed")
    func checksum() throws {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.path)))
        bytes[bytes.count / 2] ^= 1
        let offset = bytes.count - 2
        #expect(
            throws: ActivityFileError.corrupt(
                path: "a",
                offset: offset,
                reason: "the checksum does not match"
            )
        ) { try ActivityFile(bytes: bytes, path: "a") }
    }

    @Test("Damage behind a right checksum never traps")
    func noise() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.path)))
        var random = SplitMix64(seed: 11)
        var refused = 0
        for _ in 0..<150 {
            var data = Array(bytes[Int(bytes[0])..<bytes.count - 2])
            for _ in 0..<4 {
                let index = Int.random(in: 0..<data.count, using: &random)
                data[index] = UInt8.random(in: 0...255, using: &random)
            }
            do throws(ActivityFileError) {
                _ = try ActivityFile(bytes: Self.file(data), path: "a")
            } catch {
                refused += 1
            }
        }
        #expect(refused > 5)
    }

    /// A FIT file around data records.
    private static func file(_ data: [UInt8]) -> [UInt8] {
        let size = (0..<4).map { UInt8(truncatingIfNeeded: data.count >> (8 * $0)) }
        let bytes = [12, 0x10, 0, 0] + size + Array(".FIT".utf8) + data
        let checksum = bytes.reduce(UInt16(0)) { value, byte in
            (0..<8).reduce(value ^ UInt16(byte)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ 0xA001 : value >> 1
            }
        }
        return bytes + [UInt8(truncatingIfNeeded: checksum), UInt8(checksum >> 8)]
    }
}
