import ANTHost
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
}
