import CaptureFile
import Foundation
import TestSupport
import Testing
import Wire

@Suite struct USBLogTests {
    static let log = Bundle.module.resourceURL!.appendingPathComponent("Captures/zwift_usb_dump.jsonl").path

    /// Messages by direction and id, as an independent reader counts them.
    static let messages: [String: Int] = [
        "rx:0x40": 133, "rx:0x4e": 174, "rx:0x61": 1, "rx:0x6f": 1, "rx:0xc6": 1, "tx:0x41": 3, "tx:0x42": 3,
        "tx:0x43": 1, "tx:0x44": 3, "tx:0x45": 3, "tx:0x46": 3, "tx:0x47": 1, "tx:0x4a": 1, "tx:0x4b": 3,
        "tx:0x4c": 3, "tx:0x4d": 2, "tx:0x4f": 59, "tx:0x51": 3, "tx:0x63": 2, "tx:0x6e": 3,
    ]

    @Test("A log of USB transfers reads as a capture")
    func lines() throws {
        var reader = try CaptureReader(path: Self.log, isStrict: true)
        #expect(reader.header.realtime == nil)
        #expect(reader.header.sources.sources.map(\.name) == ["ant0"])
        var counts: [String: Int] = [:]
        var padding = 0
        var numbers: [Int] = []
        var last = Instant(nanoseconds: -1)
        while let (line, event) = try reader.next() {
            guard case .transfer(let transfer) = event else {
                Issue.record("no transfer in line \(line)")
                continue
            }
            numbers.append(line)
            #expect(transfer.time > last)
            last = transfer.time
            let bytes = transfer.payload.bytes
            #expect(bytes[0] == 0xA4)
            counts["\(transfer.direction.rawValue):0x\(String(bytes[2], radix: 16))", default: 0] += 1
            padding += bytes.count - Int(bytes[1]) - 4
        }
        #expect(numbers == Array(1...403))
        #expect(counts == Self.messages)
        #expect(padding == 186)
        #expect(last.nanoseconds == 85_496_858_000)
    }

    static let monitor = """
        000000: PnP Event: Device Connected (UP), 2017-10-05 07:38:40.3721257 (1. Device: Playback)
        The USB device has just been connected to the system.
        000002: Control Transfer (UP), 2017-10-05 07:39:26.1428392 +0.0010375. (1. Device: Playback)
        Pipe Handle: Control Pipe
         12 01 00 02 00 00 00 20 CF 0F 08 10 00 01 01 02   ....... ........
         03 01                                             ..
        Setup Packet
        000026: Bulk or Interrupt Transfer (DOWN), 2017-10-05 23:59:59.9999644 +0.0000698 (1. Device: Playback)
        Pipe Handle: 0xbcbafac8 (Endpoint Address: 0x1)
        Send 0x8 bytes to the device
         A4 02 47 00 FF 1E 00 00                           ..G.....

        000027: Bulk or Interrupt Transfer (UP), 2017-10-06 00:00:00.0008400 +0.0008756. (1. Device: Playback)
        Pipe Handle: 0xbcbafa98 (Endpoint Address: 0x81)
        Get 0x12 bytes from the device
         A4 0E 4E 00 01 02 03 04 05 06 07 08 80 A0 3B 11   ..N...........;.
         05 9F                                             AB
        000028: Bulk or Interrupt Transfer (UP), 2017-10-06 00:00:00.0018400 +0.0008756. (1. Device: Playback)
        Pipe Handle: 0xbcbafa98 (Endpoint Address: 0x81)
        Get 0x7 bytes from the device
         A4 03 40                                          ...

        """

    @Test("The text of a USB monitor reads as the same transfers; a short one is named")
    func text() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("log.txt")
        try Self.monitor.write(toFile: path, atomically: false, encoding: .utf8)
        var reader = try CaptureReader(path: path)
        var transfers: [(Int, Transfer)] = []
        while let (line, event) = try reader.next() {
            if case .transfer(let transfer) = event { transfers.append((line, transfer)) }
        }
        #expect(transfers.map(\.0) == [8, 13])
        #expect(transfers.map(\.1.time.nanoseconds) == [0, 875_600])
        #expect(transfers.map(\.1.direction) == [.sent, .received])
        #expect(transfers[0].1.payload.bytes == [0xA4, 2, 0x47, 0, 0xFF, 0x1E, 0, 0])
        #expect(transfers[1].1.payload.bytes.suffix(3) == [0x11, 0x05, 0x9F])
        #expect(reader.skipped.named.map(\.number) == [18])
        #expect(reader.skipped.named.map(\.reason) == ["3 of 7 bytes"])
    }

    static let shared = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../../shared/captures/john-38787364__antifier").standardizedFileURL
        .path

    @Test(
        "The text and the lines of one recording give the same transfers",
        .enabled(if: FileManager.default.fileExists(atPath: shared))
    )
    func agreement() throws {
        let text = try transfers(Self.shared + "/zwift_usb_dump.txt")
        let lines = try transfers(Self.log)
        #expect(text.count == 403)
        for (left, right) in zip(text, lines) {
            #expect(left.direction == right.direction)
            // The lines were rounded to microseconds, by way of floating point.
            #expect(abs(left.time - right.time) <= 1_000)
        }
        // The network key is zeroed in the lines.
        let differing = zip(text, lines).filter { $0.payload != $1.payload }
        #expect(differing.allSatisfy { $0.0.payload[2] == 0x46 })
    }

    private func transfers(_ path: String) throws -> [Transfer] {
        var reader = try CaptureReader(path: path, isStrict: true)
        var transfers: [Transfer] = []
        while let (_, event) = try reader.next() {
            if case .transfer(let transfer) = event { transfers.append(transfer) }
        }
        return transfers
    }
}
