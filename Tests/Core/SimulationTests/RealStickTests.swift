import Foundation
import Simulation
import Testing
import Wire

/// The log of a real stick at work: what the same host hears from the emulated one.
@Suite struct RealStickTests {
    private struct Line: Decodable {
        let dir: String
        let hex: String

        var bytes: [UInt8] { Hex.bytes(hex.utf8) ?? [] }
    }

    private static let log: [Line] = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let path = "Adapters/CaptureFileTests/Captures/zwift_usb_dump.jsonl"
        let text = try? String(contentsOf: tests.appending(path: path), encoding: .utf8)
        return (text ?? "").split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
    }()

    /// Two broadcasts that the emulated stick does not pass on. The first came 58 ms after the only open
    /// channel had been put to 2453 MHz, from a sensor on 2457 MHz; how is not known. The second came in the
    /// 54 ms that it took to close its channel; the emulated one closes at once.
    private static let apart = [
        "a4144e00e7c879011fbc7b03e0901479011000680009", "a4144e0119990c711f2b4030e0a03b11",
    ]

    /// What a sensor sent, from the broadcast that the real stick made of it:
    /// A4 14 4E channel, 8 bytes, E0, number, type, transmission, 10 x gain, stamp, checksum.
    private func frame(_ bytes: [UInt8], at time: Instant) -> Frame? {
        guard bytes.count == 24, bytes[2] == 0x4E, bytes[12] == 0xE0, bytes[17] == 0x10 else { return nil }
        func word(_ index: Int) -> UInt16 { UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8 }
        return Frame(
            time: time,
            source: SourceIndex(0),
            sensor: .ant(number: UInt32(bytes[16] >> 4) << 16 | UInt32(word(13)), type: bytes[15] & 0x7F),
            channel: .antPage,
            strength: .gain(word(19)),
            receiveStamp: word(21),
            payload: Payload(bytes[4..<12])!
        )
    }

    /// A message as far as the two have to agree. What the air decides is left out: whether a message was
    /// missed (event 2), and the bytes that the log cannot tell the emulator.
    private func comparable(_ bytes: [UInt8]) -> String? {
        switch (bytes[2], bytes.count) {
        case (0x40, 7...) where bytes[4] == 1 && bytes[5] == 2: nil
        case (0x4E, 24):
            // The low nibble of the transmission type and the byte before the gain are not in a frame.
            Hex.text(bytes[2..<16]) + Hex.text([bytes[16] >> 4]) + Hex.text(bytes[19..<23])
        default: Hex.text(bytes[2..<(bytes.count - 1)])
        }
    }

    @Test("Every command of a real session gets the answers that the real stick gave")
    func session() {
        var bench = StickBench(.antUSB2, serial: 0x0F26_839C)
        bench.stick.key = [UInt8](repeating: 0, count: 8)
        _ = bench.heard()
        var expected: [String] = []
        var heard: [String] = []
        for line in Self.log {
            if Self.apart.contains(where: line.hex.hasPrefix) { continue }
            if line.dir == "tx" {
                bench.stick.write(line.bytes, at: bench.now)
            } else {
                comparable(line.bytes).map { expected.append($0) }
                frame(line.bytes, at: bench.now).map { bench.hear($0) }
            }
            heard += bench.transfers().compactMap(comparable)
        }
        #expect(Self.log.count == 403)
        #expect(expected.count > 200)
        #expect(heard.count == expected.count)
        let differs = zip(heard, expected).enumerated().first { $0.element.0 != $0.element.1 }
        #expect(differs == nil)
        #expect(
            bench.stick.counters.transmissions
                == Self.log.count { $0.dir == "tx" && $0.hex.hasPrefix("a4094f") }
        )
        #expect(bench.stick.counters.strayBytes == 0)
    }
}
