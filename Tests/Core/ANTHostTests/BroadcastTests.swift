import ANTHost
import Testing
import Wire

@Suite struct BroadcastTests {
    private let payload: [UInt8] = [0x84, 0xFF, 0xA5, 0xE2, 0xA5, 0xE6, 0xCA, 0x3C]

    private func decode(_ extra: [UInt8], id: MessageID = .broadcast) -> Broadcast? {
        Broadcast(Message(id: id, data: Payload([2] + payload + extra)!))
    }

    private func frame(_ broadcast: Broadcast?) -> Frame? {
        broadcast?.frame(at: Instant(nanoseconds: 5), source: SourceIndex(1))
    }

    @Test("A broadcast with a full extension becomes a frame")
    func fullFrame() throws {
        let gain = try #require(
            frame(decode([0xE0, 0x66, 0xA1, 0xF8, 0xB1, 0x10, 0x00, 0x68, 0x00, 0x34, 0xF0]))
        )
        #expect(gain.sensor == .ant(number: 0xB_A166, type: 120))
        #expect(gain.channel == .antPage)
        #expect(gain.strength == .gain(0x68))
        #expect(gain.receiveStamp == 0xF034)
        #expect(gain.payload.bytes == payload)
        #expect(gain.source == SourceIndex(1))
        #expect(gain.time == Instant(nanoseconds: 5))

        let level = try #require(frame(decode([0xE0, 0x66, 0xA1, 0x78, 0xB1, 0x20, 0xC4, 0x9C, 0x34, 0xF0])))
        #expect(level.strength == .dBm(-60))
        #expect(level.receiveStamp == 0xF034)
    }

    @Test("Without a sender there is no frame")
    func unknownSender() {
        for extra: [UInt8] in [[], [0x00], [0x20, 1, 2], [0x80], [0x80, 1, 2, 3], [0x80, 0, 0, 0x78, 1]] {
            let broadcast = decode(extra)
            #expect(broadcast != nil)
            #expect(frame(broadcast) == nil)
        }
        #expect(frame(decode([0x80, 1, 0, 0x78, 1], id: .burst)) == nil)
        #expect(frame(decode([0x80, 1, 0, 0x78, 1], id: .acknowledged)) != nil)
    }

    @Test(
        "An extension that is cut anywhere keeps its whole parts and is marked",
        arguments: [0x10, 0x20] as [UInt8]
    )
    func cutExtension(signalKind: UInt8) throws {
        let signal: [UInt8] = signalKind == 0x10 ? [0x10, 0, 0x68, 0] : [0x20, 0xC4, 0x9C]
        let whole = [0xE0, 0x66, 0xA1, 0x78, 0x01] + signal + [0x34, 0xF0]
        for count in 1...whole.count {
            let broadcast = try #require(decode(Array(whole.prefix(count))))
            #expect(broadcast.isExtensionMalformed == (count < whole.count))
            #expect((broadcast.channelID != nil) == (count >= 5))
            #expect((broadcast.signal != nil) == (count >= 5 + signal.count))
            #expect((broadcast.receiveStamp != nil) == (count == whole.count))
        }
    }

    @Test("A signal block of unknown kind hides what follows it, and nothing else")
    func unknownSignal() throws {
        let broadcast = try #require(decode([0xE0, 0x66, 0xA1, 0x78, 0x01, 0x30, 1, 2, 3, 4]))
        #expect(broadcast.channelID != nil)
        #expect(broadcast.signal == nil)
        #expect(broadcast.receiveStamp == nil)
        #expect(broadcast.isExtensionMalformed)
    }

    @Test("A data message with fewer than eight payload bytes is refused", arguments: 0...12)
    func short(count: Int) {
        let data = Payload(Array(repeating: 1, count: count))!
        #expect((Broadcast(Message(id: .broadcast, data: data)) != nil) == (count >= 9))
        #expect(Broadcast(Message(id: .legacyBroadcast, data: data)) == nil)
        #expect(Broadcast(Message(id: .startUp, data: data)) == nil)
    }

    @Test("Packets of a burst are put together, in whatever number they come")
    func burst() throws {
        var assembler = BurstAssembler()
        for packets in [1, 2, 4, 5, 31] {
            var whole: Payload?
            for index in 0..<packets {
                let number = index == 0 ? 0 : UInt8((index - 1) % 3 + 1)
                let channel = number << 5 | (index == packets - 1 ? 0x80 : 0)
                whole = assembler.take(try packet(channel, filler: UInt8(index)))
                #expect((whole != nil) == (index == packets - 1))
            }
            let expected = (0..<packets).flatMap { Array(repeating: UInt8($0), count: 8) }
            #expect(try #require(whole).bytes == expected)
        }
        #expect(assembler.broken == 0)
    }

    @Test("A burst that loses a packet or never ends is counted and dropped")
    func brokenBurst() throws {
        var assembler = BurstAssembler()
        #expect(assembler.take(try packet(0x00)) == nil)
        #expect(assembler.take(try packet(0xC0)) == nil)
        #expect(assembler.broken == 1)
        #expect(assembler.take(try packet(0xE0)) == nil)
        #expect(assembler.broken == 1)
        #expect(assembler.take(try packet(0x00)) == nil)
        for index in 0..<200 { #expect(assembler.take(try packet(UInt8(index % 3 + 1) << 5)) == nil) }
        #expect(assembler.broken == 2)
        #expect(assembler.take(try packet(0x80)) != nil)
    }

    private func packet(_ channelByte: UInt8, filler: UInt8 = 0) throws -> Broadcast {
        let data = [channelByte] + Array(repeating: filler, count: 8)
        return try #require(Broadcast(Message(id: .burst, data: Payload(data)!)))
    }
}
