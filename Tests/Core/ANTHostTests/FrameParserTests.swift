import ANTHost
import Foundation
import Testing
import Wire

@Suite struct FrameParserTests {
    private func parse(_ transfers: [[UInt8]]) -> (messages: [Message], parser: FrameParser) {
        var parser = FrameParser()
        var messages: [Message] = []
        for transfer in transfers { parser.receive(transfer) { messages.append($0) } }
        return (messages, parser)
    }

    private func message(_ id: UInt8, _ data: [UInt8]) -> Message {
        Message(id: MessageID(id), data: Payload(data)!)
    }

    @Test("A frame is found however its bytes are cut into transfers")
    func cuts() {
        let messages = [message(0x4E, Array(0..<9)), message(0x40, [0, 1, 2]), message(0x6F, [0xA4])]
        let bytes = messages.flatMap(\.frame)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let parts = [bytes[..<first], bytes[first..<second], bytes[second...]].map { Array($0) }
                let (found, parser) = parse(parts)
                #expect(found == messages)
                #expect(parser.damagedRegions == 0)
                #expect(parser.pendingBytes == 0)
            }
        }
    }

    @Test("Every length that a frame can have is read, and no other", arguments: 0...255)
    func lengths(length: Int) {
        let body = [Message.sync, UInt8(length), 0x4E] + Array(repeating: 0x11, count: length)
        let (found, parser) = parse([body + [body.reduce(0, ^)], Array(repeating: 0, count: 64)])
        if (1...Message.dataLimit).contains(length) {
            #expect(found.map(\.data.count) == [length])
            #expect(parser.paddingBytes == 64)
        } else {
            #expect(found.isEmpty)
            #expect(parser.damagedRegions == 1)
        }
    }

    @Test("A frame cut short by zero bytes costs itself alone")
    func staleBuffer() {
        let intact = message(0x4E, Array(1...9))
        let cut = intact.frame.prefix(6) + Array(repeating: 0, count: 20)
        let (found, parser) = parse([intact.frame, Array(cut), intact.frame, [0, 0]])
        #expect(found == [intact, intact])
        #expect(parser.damagedRegions == 1)
        #expect(parser.skippedBytes == 26)
        #expect(parser.paddingBytes == 2)
    }

    @Test("After a reset, half a frame is forgotten and the next one is whole")
    func reset() {
        var parser = FrameParser()
        var found: [Message] = []
        let whole = message(0x4E, Array(1...9))
        parser.receive(Array(whole.frame.prefix(7))) { found.append($0) }
        #expect(parser.pendingBytes == 7)
        parser.reset()
        #expect(parser.pendingBytes == 0)
        parser.receive(whole.frame) { found.append($0) }
        #expect(found == [whole])
        #expect(parser.damagedRegions == 0)
    }

    /// A stick's stream with damage between its frames, and the frames that the damage left intact.
    private struct Stream {
        var bytes: [UInt8] = []
        var intact: [Message] = []

        init(bytes limit: Int, seed: UInt64) {
            var random = SplitMix64(seed: seed)
            while bytes.count < limit {
                // Random payloads tell the frames apart; none has a sync byte, which would look like a start.
                let data = (0..<18).map { _ in UInt8(truncatingIfNeeded: random.next()) & 0x7F }
                let message = Message(id: .broadcast, data: Payload(data)!)
                var frame = message.frame
                switch random.next() % 12 {
                case 0:
                    frame[Int.random(in: 1..<frame.count, using: &random)] ^= 1 << UInt8(random.next() % 7)
                case 1: frame.removeLast(Int.random(in: 1..<frame.count, using: &random))
                case 2: frame.remove(at: Int.random(in: 1..<frame.count, using: &random))
                case 3:
                    let noise = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                        UInt8(truncatingIfNeeded: random.next()) & 0x7F
                    }
                    intact.append(message)
                    frame = noise + frame
                case 4:
                    intact.append(message)
                    frame += [0, 0]
                default: intact.append(message)
                }
                bytes += frame
            }
            bytes += Array(repeating: 0, count: 64)
        }
    }

    /// How many bytes of damaged stream to read; `NOISE_BYTES` in the environment sets another number.
    static let noiseBytes = ProcessInfo.processInfo.environment["NOISE_BYTES"].flatMap(Int.init) ?? 1_000_000

    /// An 8-bit checksum fits by chance once in 256 times. Damage that passes for a frame in this way may
    /// take the start of the next frame with it; nothing else may cost an intact frame.
    @Test("Every intact frame outside the damage is recovered, in order")
    func damage() {
        let stream = Stream(bytes: Self.noiseBytes, seed: 11)
        var parser = FrameParser()
        var random = SplitMix64(seed: 12)
        var (next, start) = (0, 0)
        var (lost, byChance) = (0, 0)
        while start < stream.bytes.count {
            let end = min(start + Int.random(in: 1...64, using: &random), stream.bytes.count)
            parser.receive(Array(stream.bytes[start..<end])) { message in
                if let skipped = stream.intact[next...].prefix(3).firstIndex(of: message) {
                    lost += skipped - next
                    next = skipped + 1
                } else {
                    byChance += 1
                }
            }
            start = end
        }
        #expect(next == stream.intact.count)
        #expect(lost <= byChance)
        #expect(byChance < stream.intact.count / 500)
        #expect(parser.damagedRegions > 0)
        #expect(parser.pendingBytes == 0)
    }

    @Test("Random bytes never trap, and every byte is accounted for")
    func noise() {
        var random = SplitMix64(seed: 13)
        var parser = FrameParser()
        var framed: UInt64 = 0
        let bytes = (0..<Self.noiseBytes / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) }
        }
        parser.receive(bytes) { framed += UInt64($0.data.count + 4) }
        let accounted = framed + parser.skippedBytes + parser.paddingBytes + UInt64(parser.pendingBytes)
        #expect(accounted == UInt64(bytes.count))
    }
}
