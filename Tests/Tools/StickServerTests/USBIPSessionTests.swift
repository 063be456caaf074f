import Testing
import Wire

@testable import Simulation
@testable import StickServer

/// A USB/IP client by hand, in virtual time.
private struct Client {
    var bus = StickBus([
        StickEmulator(serial: 1001, model: .antUSBm, seed: 1),
        StickEmulator(serial: 1002, model: .antUSB2, seed: 2),
    ])
    var session = USBIPSession()
    var now = Instant(nanoseconds: 5 * .second)
    private var sequence: UInt32 = 0

    mutating func say(_ bytes: [UInt8]) -> [UInt8] { session.receive(bytes[...], &bus, at: now) }

    mutating func attach(_ socket: String) -> [UInt8] {
        say([0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0] + USBIP.text(socket, count: 32))
    }

    /// Submits a request and returns what came back at once: status, length and data of each answer.
    mutating func submit(
        in length: Int? = nil,
        out data: [UInt8] = [],
        endpoint: UInt32,
        setup: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
    ) -> [(status: Int32, data: [UInt8])] {
        sequence += 1
        let words: [UInt32] = [
            1, sequence, 0, length == nil ? 0 : 1, endpoint, 0, UInt32(length ?? data.count), 0, 0, 0,
        ]
        return Self.answers(say(USBIP.words(words) + setup + data))
    }

    /// Lets the control request through; `nil` when it was stalled.
    mutating func control(_ setup: [UInt8]) -> [UInt8]? {
        let length = Int(setup[6]) | Int(setup[7]) << 8
        let answers = submit(in: setup[0] & 0x80 == 0 ? nil : length, endpoint: 0, setup: setup)
        return answers.first.flatMap { $0.status == 0 ? $0.data : nil }
    }

    mutating func unlink(_ victim: UInt32) -> [UInt8] {
        sequence += 1
        return say(USBIP.words([2, sequence, 0, 0, 0, victim, 0, 0, 0, 0, 0, 0]))
    }

    var lastSequence: UInt32 { sequence }

    static func answers(_ bytes: [UInt8]) -> [(status: Int32, data: [UInt8])] {
        var rest = bytes[...]
        var answers: [(status: Int32, data: [UInt8])] = []
        while rest.count >= 48 {
            func word(_ index: Int) -> UInt32 {
                rest[(rest.startIndex + 4 * index)...].prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
            }
            let length = min(Int(word(6)), rest.count - 48)
            answers.append((Int32(bitPattern: word(5)), Array(rest.dropFirst(48).prefix(length))))
            rest = rest.dropFirst(48 + length)
        }
        return answers
    }
}

@Suite struct USBIPSessionTests {
    @Test("The list has every stick that is plugged in, 316 bytes each")
    func list() {
        var client = Client()
        client.bus.sticks[0].unplug()
        let answer = client.say([0x01, 0x11, 0x80, 0x05, 0, 0, 0, 0])
        #expect(answer.count == 12 + 316)
        #expect(answer[..<12] == [0x01, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(answer[268...270].elementsEqual("1-2".utf8))
        #expect(client.session.isClosed)
    }

    @Test("A stick is one client's, and only while it is plugged in")
    func attach() {
        var client = Client()
        let answer = client.attach("1-1")
        #expect(answer.count == 8 + 312)
        #expect(answer[..<8] == [0x01, 0x11, 0, 3, 0, 0, 0, 0])
        #expect(client.session.stick == 0)
        #expect(client.bus.sticks[0].isAttached)

        client.session = USBIPSession()
        #expect(client.attach("1-1") == [0x01, 0x11, 0, 3, 0, 0, 0, 1])
        client.bus.sticks[1].unplug()
        client.session = USBIPSession()
        #expect(client.attach("1-2").count == 8)
        client.session = USBIPSession()
        #expect(client.attach("9-9").count == 8)
        #expect(client.session.isClosed)
    }

    @Test("Descriptors say what a stick is: vendor class, a pair of bulk endpoints, serial number")
    func descriptors() throws {
        var client = Client()
        _ = client.attach("1-2")
        let device = client.control([0x80, 6, 0, 1, 0, 0, 18, 0]) ?? []
        try #require(device.count == 18)
        #expect(Array(device[8..<12]) == [0xCF, 0x0F, 0x08, 0x10])
        #expect(client.control([0x80, 6, 0, 1, 0, 0, 8, 0]) == Array(device[..<8]))
        let configuration = client.control([0x80, 6, 0, 2, 0, 0, 255, 0]) ?? []
        try #require(configuration.count == 32)
        #expect(Int(configuration[2]) == configuration.count)
        #expect([configuration[20], configuration[27]] == [0x81, 0x01])
        #expect(
            client.control([0x80, 6, 3, 3, 9, 4, 255, 0]) == [10, 3, 0x31, 0, 0x30, 0, 0x30, 0, 0x32, 0]
        )
        #expect(client.control([0x80, 6, 7, 3, 9, 4, 255, 0]) == nil)
        #expect(client.control([0xC0, 1, 0, 0, 0, 0, 4, 0]) == nil)
    }

    @Test("A read waits for data, ends with one frame, and can be taken back")
    func reads() {
        var client = Client()
        _ = client.attach("1-1")
        #expect(client.submit(in: 64, endpoint: 1).isEmpty)
        let first = client.lastSequence
        #expect(client.submit(in: 64, endpoint: 1).isEmpty)
        #expect(Array(client.unlink(client.lastSequence)[20..<24]) == [0xFF, 0xFF, 0xFF, 0x98])
        client.now = client.now + .second
        let ended = client.bus.sticks[0].pump(at: client.now)
        #expect(Array(ended[4..<8]) == USBIP.words([first]))
        #expect(Client.answers(ended).map(\.data) == [[0xA4, 1, 0x6F, 0, 0xCA]])
        // What has ended can no longer be taken back.
        #expect(Array(client.unlink(first)[20..<24]) == [0, 0, 0, 0])
    }

    @Test("Bytes reach the stick, cut anywhere on the way, and its answer comes back")
    func conversation() {
        var client = Client()
        _ = client.attach("1-1")
        client.now = client.now + .second
        #expect(client.submit(in: 64, endpoint: 1).count == 1)
        let request = USBIP.words([1, 99, 0, 0, 1, 0, 6, 0, 0, 0]) + [UInt8](repeating: 0, count: 8)
        let bytes = request + [0xA4, 2, 0x4D, 0, 0x61, 0x8A]
        var answer: [UInt8] = []
        for byte in bytes { answer += client.say([byte]) }
        #expect(Client.answers(answer).map(\.status) == [0])
        client.now = client.now + .second
        #expect(client.submit(in: 64, endpoint: 1).map(\.data) == [[0xA4, 4, 0x61, 0xE9, 3, 0, 0, 0x2B]])
    }

    @Test("A halted endpoint fails reads that wait and writes, until the halt is cleared")
    func stall() {
        var client = Client()
        _ = client.attach("1-1")
        #expect(client.submit(in: 64, endpoint: 1).isEmpty)
        #expect(ControlLine.obey("stall 1-1", &client.bus).unplugged == nil)
        #expect(Client.answers(client.bus.sticks[0].pump(at: client.now)).map(\.status) == [-32])
        #expect(client.submit(out: [0xA4], endpoint: 1).map(\.status) == [-32])
        #expect(client.control([0x02, 1, 0, 0, 0x81, 0, 0, 0]) == [])
        #expect(client.submit(out: [0xA4], endpoint: 1).map(\.status) == [0])
    }

    @Test("Setting the configuration again is a reset when the descriptor was read, a plug with the name too")
    func resets() {
        var client = Client()
        _ = client.attach("1-1")
        func counters() -> [Int] {
            let counters = client.bus.sticks[0].emulator.counters
            return [counters.powerOns, counters.usbResets]
        }
        _ = client.control([0x80, 6, 0, 1, 0, 0, 18, 0])
        _ = client.control([0x80, 6, 2, 3, 9, 4, 255, 0])
        #expect(client.control([0x00, 9, 1, 0, 0, 0, 0, 0]) == [])
        #expect(counters() == [1, 0])
        #expect(client.control([0x00, 9, 1, 0, 0, 0, 0, 0]) == [])
        #expect(counters() == [1, 0])
        _ = client.control([0x80, 6, 0, 1, 0, 0, 18, 0])
        #expect(client.control([0x00, 9, 1, 0, 0, 0, 0, 0]) == [])
        #expect(counters() == [1, 1])
        _ = client.control([0x80, 6, 0, 1, 0, 0, 18, 0])
        _ = client.control([0x80, 6, 2, 3, 9, 4, 255, 0])
        #expect(client.control([0x00, 9, 1, 0, 0, 0, 0, 0]) == [])
        #expect(counters() == [2, 1])
    }

    @Test("What is no USB/IP ends the connection")
    func garbage() {
        var client = Client()
        #expect(client.say([1, 2, 3, 4, 5, 6, 7, 8]) == [])
        #expect(client.session.isClosed)
        client.session = USBIPSession()
        _ = client.attach("1-1")
        #expect(client.say([UInt8](repeating: 0xFF, count: 48)) == [])
        #expect(client.session.isClosed)
    }
}
