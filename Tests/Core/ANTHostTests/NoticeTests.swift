import ANTHost
import Testing
import Wire

@Suite struct NoticeTests {
    private func notice(_ id: MessageID, _ data: [UInt8]) -> Notice? {
        Notice(Message(id: id, data: Payload(data)!))
    }

    @Test(
        "A stick names why it started",
        arguments: [
            (0x00, "power_on"), (0x01, "hardware_reset"), (0x02, "watchdog"), (0x20, "command_reset"),
            (0x40, "sync"), (0x80, "suspend"), (0x04, "reserved"),
        ]
    )
    func startUp(bits: UInt8, name: String) {
        #expect(notice(.startUp, [bits]) == .started(StartUpReason(rawValue: bits)))
        #expect(StartUpReason(rawValue: bits).name == name)
    }

    @Test("Events and answers to commands share a message and are told apart")
    func events() {
        #expect(notice(.channelEvent, [3, 1, 8]) == .event(channel: 3, .receiveFailedGoToSearch))
        #expect(notice(.channelEvent, [0, 0x42, 0]) == .response(channel: 0, to: MessageID(0x42), code: 0))
        let names = Set((UInt8.min...UInt8.max).map { ChannelEvent($0).name })
        #expect(names.count == 256)
    }

    @Test("Capabilities of every length say how many channels and networks there are", arguments: 2...8)
    func capabilities(count: Int) {
        let data = Array([8, 3, 0, 0xBA, 0x36, 0, 0xDF, 0x79].prefix(count)) as [UInt8]
        #expect(notice(.capabilities, data) == .capabilities(channels: 8, networks: 3))
    }

    @Test("A version ends at its first NUL, or without one")
    func version() {
        #expect(notice(.version, Array("AJK1.04RAF\0x".utf8)) == .version(Payload("AJK1.04RAF".utf8)!))
        #expect(notice(.version, Array("AP2".utf8)) == .version(Payload("AP2".utf8)!))
    }

    @Test("What is too short, or no notice, is none")
    func none() {
        #expect(notice(.startUp, []) == nil)
        #expect(notice(.channelEvent, [0, 1]) == nil)
        #expect(notice(.capabilities, [8]) == nil)
        #expect(notice(.serialNumber, [1, 2, 3]) == nil)
        #expect(notice(.broadcast, [0, 1, 2, 3, 4, 5, 6, 7, 8]) == nil)
        #expect(notice(.serialNumber, [0x9C, 0x83, 0x26, 0x0F]) == .serialNumber(254_182_300))
        #expect(notice(.serialError, []) == .serialError)
    }
}
