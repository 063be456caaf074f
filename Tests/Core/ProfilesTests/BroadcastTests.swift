import Profiles
import Testing
import Units
import Wire

@Suite struct BroadcastTests {
    /// A strap's four bytes in an advertisement of its own.
    private func advertisement(contact: Bool, counter: UInt8, rate: UInt8) -> Payload {
        let status = 0x21 | (contact ? 2 : 0) | (counter & 7) << 2
        return Payload([0x02, 0x01, 0x06, 0x07, 0xFF, 0x6B, 0x00, status, 0, 0, rate])!
    }

    private struct Strap {
        var profile = Advertisement()
        var time = 0.0

        mutating func hear(_ payload: Payload, after seconds: Double) throws -> [Reading] {
            time += seconds
            var readings: [Reading] = []
            try profile.decode(payload, at: Instant(nanoseconds: Int64(time * 1e9)), into: &readings)
            return readings
        }
    }

    @Test("A worn strap's rate is told from its second frame on")
    func worn() throws {
        var strap = Strap()
        #expect(
            try strap.hear(advertisement(contact: true, counter: 6, rate: 60), after: 0) == [.contact(true)]
        )
        for index in 0..<40 {
            let rate = UInt8(61 + index)
            let frame = advertisement(contact: true, counter: UInt8(7 + index), rate: rate)
            let expected: [Reading] = [.contact(true), .heartRate(HeartRate(Double(rate)))]
            #expect(try strap.hear(frame, after: 1) == expected)
            // The same frame again, as radios deliver it: still true.
            #expect(try strap.hear(frame, after: 0.1) == expected)
        }
    }

    @Test("A strap without contact has no rate, whatever its counter does")
    func withoutContact() throws {
        var strap = Strap()
        for index in 0..<100 {
            let frame = advertisement(contact: false, counter: UInt8(index % 8), rate: 72)
            #expect(try strap.hear(frame, after: 0.1) == [.contact(false)])
        }
    }

    @Test("A strap on the table whose contact bit stuck never has a rate")
    func table() throws {
        var strap = Strap()
        for _ in 0..<1000 {
            let frame = advertisement(contact: true, counter: 3, rate: 72)
            #expect(try strap.hear(frame, after: 0.1) == [.contact(true)])
        }
    }

    @Test("A counter that stops silences the rate after 3 s, and one that moves again brings it back")
    func frozen() throws {
        var strap = Strap()
        for counter in UInt8(0)..<4 {
            _ = try strap.hear(advertisement(contact: true, counter: counter, rate: 72), after: 1)
        }
        let frozen = advertisement(contact: true, counter: 3, rate: 72)
        for _ in 0..<6 { #expect(try strap.hear(frozen, after: 0.5).count == 2) }
        for _ in 0..<100 { #expect(try strap.hear(frozen, after: 0.5) == [.contact(true)]) }
        #expect(try strap.hear(advertisement(contact: true, counter: 4, rate: 72), after: 0.5).count == 2)
    }

    @Test("A strap that was off the skin has to show a moving counter again")
    func contactLost() throws {
        var strap = Strap()
        _ = try strap.hear(advertisement(contact: true, counter: 0, rate: 72), after: 0)
        #expect(try strap.hear(advertisement(contact: true, counter: 1, rate: 72), after: 1).count == 2)
        #expect(try strap.hear(advertisement(contact: false, counter: 2, rate: 72), after: 1).count == 1)
        #expect(try strap.hear(advertisement(contact: true, counter: 3, rate: 72), after: 1).count == 1)
        #expect(try strap.hear(advertisement(contact: true, counter: 4, rate: 72), after: 1).count == 2)
    }

    @Test("The slow rate counts, the fast one where there is no other")
    func rates() throws {
        for (bytes, rate) in [
            ([0x23, 0, 0, 56], 56), ([0x23, 0, 84, 82], 82), ([0x23, 0, 84, 0], 84), ([0x23, 0, 70], 70),
        ] as [([UInt8], Double)] {
            #expect(try PolarStrapBroadcast.Page(Payload(bytes)!).heartRate == HeartRate(rate))
        }
        #expect(try PolarStrapBroadcast.Page(Payload([0x23, 9, 0, 0])!).heartRate == nil)
    }

    @Test("A watch's rate is told as it is")
    func watch() throws {
        var strap = Strap()
        var bytes: [UInt8] = [0x10, 0xFF, 0x6B, 0, 0x72, 8, 0x72, 0xAC, 0xF5, 2, 0, 0, 0, 0, 0x1D, 0, 75]
        #expect(try strap.hear(Payload(bytes)!, after: 0) == [.heartRate(HeartRate(75))])
        bytes[16] = 0
        #expect(try strap.hear(Payload(bytes)!, after: 1).isEmpty)
    }

    @Test("A CORE that does not measure has no temperature")
    func core() throws {
        for state in UInt8.min...UInt8.max {
            for company: [UInt8] in [[0xF6, 0x0B], [0x0B, 0xF6]] {
                var profile = CoreBroadcast()
                var readings: [Reading] = []
                let payload = try #require(Payload(company + [0, state, 0x40, 0x9C]))
                try profile.decode(payload, at: Instant(nanoseconds: 0), into: &readings)
                #expect(readings == (state & 0x0F == 4 ? [.coreTemperature(Temperature(40))] : []))
            }
        }
    }

    @Test("What a profile of one company reads is not that of another")
    func companies() {
        #expect(throws: DecodeFailure.unknownCompany(0x004C)) {
            try CoreBroadcast.Page(Payload([0x4C, 0, 0, 4, 0, 0])!)
        }
        #expect(throws: DecodeFailure.unknownCompany(0x004C)) {
            try PolarWatchBroadcast.Page(Payload([0x4C, 0] + Array(repeating: 0, count: 13))!)
        }
    }
}
