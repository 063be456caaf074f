import ANTHost
import Foundation
import Testing
import Wire

/// What damage on the way from the stick may cost.
@Suite struct NoiseTests {
    /// How many bytes of damaged stream to read; `NOISE_BYTES` in the environment sets another number.
    static let byteCount = ProcessInfo.processInfo.environment["NOISE_BYTES"].flatMap(Int.init) ?? 1_000_000

    /// A stick's stream, damaged here and there: flipped bits, cut and missing bytes, noise between frames.
    private struct DamagedStream {
        var random: SplitMix64
        /// Frames so far that the damage left intact, oldest first.
        var intact: [Message] = []

        private mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: random.next()) }

        /// The next frame, or what is left of it.
        mutating func next() -> [UInt8] {
            // Random payloads tell the frames apart, and hold sync bytes now and then.
            let payload = (0..<9).map { _ in byte() }
            let message = Message(id: .broadcast, data: Payload(payload + [0x80, byte(), byte(), 120, 1])!)
            var frame = message.frame
            switch random.next() % 12 {
            case 0: frame[Int.random(in: 0..<frame.count, using: &random)] ^= 1 << UInt8(random.next() % 8)
            case 1: frame.removeLast(Int.random(in: 1..<frame.count, using: &random))
            case 2: frame.remove(at: Int.random(in: 0..<frame.count, using: &random))
            case 3:
                intact.append(message)
                frame = (0..<Int.random(in: 1...40, using: &random)).map { _ in byte() } + frame
            case 4:
                intact.append(message)
                frame += [0, 0]
            default: intact.append(message)
            }
            return frame
        }
    }

    /// An 8-bit checksum fits by chance once in 256 times. Damage that passes for a frame in this way may
    /// take the start of the next frame with it; nothing else may cost an intact frame.
    @Test("Every intact frame outside the damage is recovered, in order")
    func damage() {
        var stream = DamagedStream(random: SplitMix64(seed: 11))
        var cuts = SplitMix64(seed: 12)
        var parser = FrameParser()
        var (sent, recovered, lost, byChance) = (0, 0, 0, 0)
        var buffer: [UInt8] = []

        func receive(_ transfer: [UInt8]) {
            parser.receive(transfer) { message in
                if let skipped = stream.intact.prefix(6).firstIndex(of: message) {
                    lost += skipped
                    recovered += 1
                    stream.intact.removeFirst(skipped + 1)
                } else {
                    byChance += 1
                }
            }
        }
        while sent < Self.byteCount {
            buffer += stream.next()
            let size = Int.random(in: 1...64, using: &cuts)
            guard buffer.count >= size else { continue }
            receive(Array(buffer.prefix(size)))
            buffer.removeFirst(size)
            sent += size
        }
        receive(buffer + Array(repeating: 0, count: 64))
        lost += stream.intact.count

        #expect(parser.damagedRegions > UInt64(Self.byteCount / 200))
        #expect(parser.pendingBytes == 0)
        #expect(lost <= 2 * byChance)
        #expect(byChance < (recovered + lost) / 1_000)
        print("\(sent) bytes: \(recovered) of \(recovered + lost) intact frames, \(byChance) by chance")
    }

    @Test("Random bytes never trap, and every byte is accounted for")
    func noise() {
        var random = SplitMix64(seed: 13)
        var parser = FrameParser()
        var framed: UInt64 = 0
        for _ in 0..<Self.byteCount / 64 {
            let bytes = (0..<8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
            parser.receive(bytes) { framed += UInt64($0.data.count + 4) }
        }
        let accounted = framed + parser.skippedBytes + parser.paddingBytes + UInt64(parser.pendingBytes)
        #expect(accounted == UInt64(Self.byteCount / 64 * 64))
    }
}
