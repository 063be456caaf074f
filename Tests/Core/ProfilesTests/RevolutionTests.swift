import Profiles
import Testing
import Units
import Wire

/// A wheel or a crank: turns at chosen intervals, pages at 4 Hz, of which the test drops and swaps some.
private struct Turning {
    var time = Instant(nanoseconds: 0)
    var eventTime: UInt16 = 0
    var revolutions: UInt16 = 0
    private var pages = 0

    /// So many turns more, the last one `elapsed` after the one before, 1/1024 s.
    mutating func turn(_ count: UInt16 = 1, in elapsed: UInt16) {
        revolutions &+= count
        eventTime &+= elapsed
        time = time + Nanoseconds(elapsed) * .second / 1024
    }

    mutating func wait(_ delay: Nanoseconds) { time = time + delay }

    var tail: [UInt8] {
        [
            UInt8(truncatingIfNeeded: eventTime), UInt8(eventTime >> 8),
            UInt8(truncatingIfNeeded: revolutions), UInt8(revolutions >> 8),
        ]
    }

    mutating func page(_ number: UInt8 = 0, bytes: [UInt8] = [0xFF, 0xFF, 0xFF]) -> Payload {
        pages += 1
        return Payload([pages / 4 % 2 == 0 ? number : 0x80 | number] + bytes + tail)!
    }
}

@Suite struct RevolutionTests {
    private var turning = Turning()
    private var speed = BikeSpeed()
    private var cadence = BikeCadence()

    /// What a wheel sensor tells.
    private mutating func wheel(_ page: Payload) throws -> [Reading] {
        var readings: [Reading] = []
        try speed.decode(page, at: turning.time, into: &readings)
        return readings
    }

    private mutating func crank(_ page: Payload) throws -> [Reading] {
        var readings: [Reading] = []
        try cadence.decode(page, at: turning.time, into: &readings)
        return readings
    }

    private func rate(_ value: Double) -> Reading { .wheelRate(RotationRate(value)) }

    @Test("Rate and turns come with each event, through every wrap of both values")
    mutating func wraps() throws {
        (turning.revolutions, turning.eventTime) = (65_000, 60_000)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(0)])
        turning.turn(in: 256)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(1)])
        for count in 1...1000 as ClosedRange<UInt64> {
            turning.turn(2, in: 512)
            #expect(try wheel(turning.page()) == [rate(240), .wheelRevolutions(2 * count + 1)])
        }
    }

    @Test("Without an event the rate is not known for three seconds, then it is 0")
    mutating func stands() throws {
        _ = try crank(turning.page())
        turning.turn(in: 1024)
        _ = try crank(turning.page())
        turning.turn(in: 1024)
        #expect(try crank(turning.page()) == [.crankRate(RotationRate(60))])
        for _ in 0..<12 {
            turning.wait(.second / 4)
            #expect(try crank(turning.page()).isEmpty)
        }
        for _ in 0..<12 {
            turning.wait(.second / 4)
            #expect(try crank(turning.page()) == [.crankRate(RotationRate(0))])
        }
    }

    @Test("Turns are counted at once, a rate only when its two events were seen")
    mutating func firstEvent() throws {
        _ = try wheel(turning.page())
        // The event on the first page may be of long ago: 64 s more, and the time of this one is the same.
        turning.turn(3, in: 100)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(3)])
    }

    @Test("A time that creeps while nothing turns is no event")
    mutating func creepingTime() throws {
        _ = try crank(turning.page())
        for step in 1...20 {
            turning.turn(0, in: 1)
            turning.wait(.second / 4)
            #expect(try crank(turning.page()) == (step < 12 ? [] : [.crankRate(RotationRate(0))]))
        }
        turning.turn(in: 512)
        #expect(try crank(turning.page()).isEmpty)
        turning.turn(in: 512)
        #expect(try crank(turning.page()) == [.crankRate(RotationRate(120))])
    }

    @Test("Turns at one and the same time have no rate")
    mutating func noTime() throws {
        _ = try wheel(turning.page())
        turning.turn(in: 500)
        _ = try wheel(turning.page())
        turning.turn(2, in: 0)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(3)])
    }

    @Test("A stop longer than the time wraps costs the rate, not the turns")
    mutating func longStop() throws {
        _ = try wheel(turning.page())
        turning.turn(in: 512)
        _ = try wheel(turning.page())
        for _ in 0..<90 {
            turning.wait(.second)
            _ = try wheel(turning.page())
        }
        turning.turn(in: 512)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(2)])
        turning.turn(in: 512)
        #expect(try wheel(turning.page()) == [rate(120), .wheelRevolutions(3)])
    }

    @Test("A gap is counted as far as a wheel can turn in it; more is another start")
    mutating func gaps() throws {
        _ = try wheel(turning.page())
        turning.turn(in: 512)
        _ = try wheel(turning.page())
        turning.wait(600 * .second)
        turning.turn(5000, in: 512)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(5001)])
        turning.turn(5000, in: 512)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(5001)])
        turning.wait(1801 * .second)
        turning.turn(10, in: 512)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(5001)])
    }

    @Test("A late page changes nothing")
    mutating func late() throws {
        _ = try wheel(turning.page())
        turning.turn(2, in: 512)
        let late = turning.page()
        turning.turn(2, in: 512)
        _ = try wheel(turning.page())
        #expect(try wheel(late).isEmpty)
        turning.turn(2, in: 512)
        #expect(try wheel(turning.page()) == [rate(240), .wheelRevolutions(6)])
    }

    @Test("A sensor that starts again is followed from there, and the total never falls")
    mutating func restart() throws {
        var last: UInt64 = 0
        for revolutions in [40_000, 39_990, 0, 5] as [UInt16] {
            turning.revolutions = revolutions
            for _ in 0..<16 {
                turning.turn(in: 256)
                for case .wheelRevolutions(let total) in try wheel(turning.page()) {
                    #expect(total >= last)
                    #expect(total <= last + 1)
                    last = total
                }
            }
        }
        #expect(last >= 28)
    }

    @Test("Page 5 tells at once that nothing turns, once pages are known to be numbered")
    mutating func stopped() throws {
        #expect(try wheel(turning.page(5, bytes: [0x01, 0xFF, 0xFF])) == [.wheelRevolutions(0)])
        for _ in 0..<8 { _ = try wheel(turning.page()) }
        #expect(try wheel(turning.page(5, bytes: [0x01, 0xFF, 0xFF])) == [rate(0), .wheelRevolutions(0)])
        #expect(try wheel(turning.page(5, bytes: [0xFE, 0xFF, 0xFF])) == [.wheelRevolutions(0)])
    }

    @Test("What a sensor says about itself is told once, and only by one that numbers its pages")
    mutating func facts() throws {
        let pages: [(UInt8, [UInt8], [SensorFact])] = [
            (2, [1, 0x3B, 0xE9], [.manufacturer(1, isLowByte: true), .serialUpper(0xE93B)]),
            (3, [1, 2, 3], [.hardware(1), .software(2000), .model(3)]),
            (4, [0xFF, 0x80, 0x22], [.batteryStatus(.good), .batteryVoltage(2.5)]),
        ]
        let legacy = Turning()
        for (number, bytes, _) in pages {
            let page = try #require(Payload([number] + bytes + legacy.tail))
            #expect(try crank(page).isEmpty)
        }
        cadence = BikeCadence()
        for _ in 0..<8 { _ = try crank(turning.page()) }
        for (number, bytes, expected) in pages {
            #expect(try crank(turning.page(number, bytes: bytes)) == expected.map { .fact($0) })
            #expect(try crank(turning.page(number, bytes: bytes)).isEmpty)
        }
        #expect(try crank(turning.page(2, bytes: [1, 0xFF, 0xFF])).isEmpty)
    }

    @Test("A request of a display is not taken for turns")
    mutating func request() throws {
        for _ in 0..<8 { _ = try wheel(turning.page()) }
        let page = try #require(Payload([0xC6, 0xFF, 0xFF, 0xFF, 0xFF, 0x04, 0x52, 0x01]))
        #expect(try wheel(page).isEmpty)
        turning.turn(in: 512)
        #expect(try wheel(turning.page()) == [.wheelRevolutions(1)])
    }

    @Test("A combined sensor tells wheel and cranks, each by its own time")
    mutating func combined() throws {
        var sensor = BikeSpeedCadence()
        var crank = Turning()
        func told(_ sensor: inout BikeSpeedCadence, _ crank: Turning, _ wheel: Turning) throws -> [Reading] {
            var readings: [Reading] = []
            try sensor.decode(Payload(crank.tail + wheel.tail)!, at: wheel.time, into: &readings)
            return readings
        }
        #expect(try told(&sensor, crank, turning) == [.wheelRevolutions(0)])
        for turns in 1...200 as ClosedRange<UInt64> {
            turning.turn(3, in: 1024)
            crank.turn(in: 1000)
            let expected: [Reading] =
                turns == 1
                ? [.wheelRevolutions(3)]
                : [.crankRate(RotationRate(61.44)), rate(180), .wheelRevolutions(3 * turns)]
            #expect(try told(&sensor, crank, turning) == expected)
        }
        turning.wait(4 * .second)
        #expect(
            try told(&sensor, crank, turning) == [
                .crankRate(RotationRate(0)), rate(0), .wheelRevolutions(600),
            ]
        )
    }

    @Test("Whatever is lost and however pages are swapped, the total is what was turned")
    func accounts() throws {
        for seed in 0..<50 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var turning = Turning()
            var sensor = BikeSpeed()
            var sent: [(Payload, Instant, UInt16)] = []
            for _ in 0..<600 {
                turning.turn(UInt16(random.next() % 3), in: 256)
                sent.append((turning.page(), turning.time, turning.revolutions))
            }
            sent = [sent[0]] + sent[1...].filter { _ in random.next() % 3 != 0 }
            for index in stride(from: 2, to: sent.count - 1, by: 2) where random.next() % 4 == 0 {
                let times = (sent[index - 1].1, sent[index].1)
                sent.swapAt(index - 1, index)
                (sent[index - 1].1, sent[index].1) = times
            }
            var total: UInt64 = 0
            for (page, time, _) in sent {
                var readings: [Reading] = []
                try sensor.decode(page, at: time, into: &readings)
                for case .wheelRevolutions(let turns) in readings { total = turns }
            }
            let newest = try #require(sent.map(\.2).max())
            #expect(total == UInt64(newest - sent[0].2), "seed \(seed)")
        }
    }
}
