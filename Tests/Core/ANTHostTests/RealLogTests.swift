import ANTHost
import Foundation
import Profiles
import Simulation
import Testing
import Wire

/// What real sticks and trainers sent, put before the host once more.
@Suite struct RealLogTests {
    private static let captures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Adapters/CaptureFileTests/Captures")

    /// The transfers of a stick of the kind 0fcf:1008 that a commercial program drove.
    private static func stickLog() throws -> [[UInt8]] {
        struct Line: Decodable { let dir: String, hex: String }
        let url = captures.appending(path: "zwift_usb_dump.jsonl")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            .filter { $0.dir == "rx" }
            .compactMap { Hex.bytes($0.hex.utf8) }
    }

    /// The frames of a trainer as its log prints them: an offset, bytes, a comment. Some lines show parts.
    private static func trainerLog() throws -> [[UInt8]] {
        let url = captures.appending(path: "ANT+_zwift_communication.txt")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").compactMap { line in
            guard line.hasPrefix("0000   a4 09 4e") else { return nil }
            let digits = line.dropFirst(7).prefix { $0 != "#" }.utf8.filter { $0 != UInt8(ascii: " ") }
            return Hex.bytes(digits)
        }
    }

    /// Broadcasts read straight from the bytes, by nothing but their place: payload, number, type.
    private static func broadcasts(in transfers: [[UInt8]]) -> [String] {
        transfers.filter { $0.count >= 24 && $0[2] == 0x4E }.map { bytes in
            let number = Int(bytes[13]) | Int(bytes[14]) << 8
            return Hex.text(Array(bytes[4..<12])) + " \(number) \(bytes[15] & 0x7F)"
        }
    }

    /// An emulated stick that listens, and says `transfers`, split and merged by `seed`.
    private static func hear(_ transfers: [[UInt8]], seed: UInt64) throws -> (StickWorld, [Frame]) {
        var world = StickWorld(seed: seed, athletes: 0)
        world.plug()
        world.run(for: 5 * .second)
        world.stick.faults.split = seed == 0 ? 0 : 0.4
        world.stick.faults.merge = seed == 0 ? 0 : 0.4
        world.keepsFrames = true
        for bytes in transfers {
            world.say(bytes)
            world.run(for: 2 * .millisecond)
        }
        world.run(for: 1 * .second)
        return (world, world.keptFrames)
    }

    @Test(
        "Each broadcast of a real stick's log comes out of the host, undamaged and in order",
        arguments: 0..<20
    )
    func stick(seed: UInt64) throws {
        // Without its answers to the other program, which would answer commands that this host gave.
        let transfers = try Self.stickLog().filter { $0.count > 2 && $0[2] == 0x4E }
        let (world, frames) = try Self.hear(transfers, seed: seed)
        #expect(transfers.count == 174)
        #expect(world.receiver.counters.messages == 174)
        #expect(world.receiver.counters.damagedRegions == 0)
        let heard = frames.map { frame -> String in
            guard case .ant(let number, let type) = frame.sensor.kind else { return "" }
            return Hex.text(frame.payload.bytes) + " \(number & 0xFFFF) \(type)"
        }
        #expect(heard == Self.broadcasts(in: transfers))
        #expect(Set(heard.map { $0.split(separator: " ").last! }) == ["17", "11", "121"])
    }

    @Test("Its readings are those of the pages decoded one by one")
    func readings() throws {
        let transfers = try Self.stickLog().filter { $0.count > 2 && $0[2] == 0x4E }
        let (_, frames) = try Self.hear(transfers, seed: 7)
        for type in [UInt8(17), 11, 121] {
            let heard = frames.filter { if case .ant(_, type) = $0.sensor.kind { true } else { false } }
            let pages = Self.broadcasts(in: transfers).map { $0.split(separator: " ") }
                .filter { $0[2] == "\(type)" }
                .compactMap { Hex.bytes($0[0].utf8).flatMap { Payload($0) } }
            let kind = try #require(ProfileRegistry.antPlus(deviceType: type))
            #expect(Self.decode(heard.map(\.payload), as: kind) == Self.decode(pages, as: kind))
        }
    }

    private static func decode(_ pages: [Payload], as kind: any SensorProfile.Type) -> [Reading] {
        var profile: any SensorProfile = kind.init()
        var (readings, time): ([Reading], Instant) = ([], Instant(nanoseconds: 0))
        for page in pages {
            time = time + 250 * .millisecond
            try? profile.decode(page, at: time, into: &readings)
        }
        return readings
    }

    @Test("Broadcasts without a sender, as a trainer's own log has them, are counted and become no frame")
    func trainer() throws {
        let transfers = try Self.trainerLog()
        let (world, frames) = try Self.hear(transfers, seed: 0)
        #expect(transfers.count >= 8)
        #expect(world.receiver.counters.anonymous == UInt64(transfers.count))
        #expect(world.receiver.counters.damagedRegions == 0)
        #expect(frames.isEmpty)
    }
}
