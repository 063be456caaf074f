import Profiles
import Testing
import Units
import Wire

/// A strap on a chest: beats at chosen intervals, pages at 4 Hz, of which the test drops and swaps some.
private struct Strap {
    var time = Instant(nanoseconds: 0)
    var eventTime: UInt16 = 0
    var previousTime: UInt16 = 0
    var count: UInt8 = 0
    var rate: UInt8 = 60
    private var pages = 0

    /// One more beat, `interval` after the last, 1/1024 s.
    mutating func beat(_ interval: UInt16) {
        previousTime = eventTime
        eventTime &+= interval
        count &+= 1
        time = time + Nanoseconds(interval) * .second / 1024
    }

    /// The page that the strap sends now.
    mutating func page(_ number: UInt8 = 4, bytes: (UInt8, UInt8, UInt8)? = nil) -> Payload {
        pages += 1
        let toggle: UInt8 = pages / 4 % 2 == 0 ? 0 : 0x80
        let (low, high) = (UInt8(truncatingIfNeeded: previousTime), UInt8(previousTime >> 8))
        let body = bytes ?? (number == 4 ? (0xFF, low, high) : (0xFF, 0xFF, 0xFF))
        return Payload([
            toggle | number, body.0, body.1, body.2,
            UInt8(truncatingIfNeeded: eventTime), UInt8(eventTime >> 8), count, rate,
        ])!
    }
}

@Suite struct HeartRateMonitorTests {
    private var strap = Strap()
    private var monitor = HeartRateMonitor()

    /// Runs ten beats, after which the monitor knows that the strap numbers its pages.
    init() throws {
        for _ in 0..<10 {
            strap.beat(1024)
            _ = try readings(strap.page())
        }
    }

    private mutating func readings(_ page: Payload, after delay: Nanoseconds = 0) throws -> [Reading] {
        var readings: [Reading] = []
        strap.time = strap.time + delay
        try monitor.decode(page, at: strap.time, into: &readings)
        return readings
    }

    /// Without the rate, which comes with nearly every page.
    private mutating func beats(_ page: Payload, after delay: Nanoseconds = 0) throws -> [Reading] {
        try readings(page, after: delay).filter { $0 != .heartRate(HeartRate(60)) }
    }

    private func interval(_ value: UInt16, recovered: Bool = false) -> Reading {
        .beat(Beat(interval: value, isRecovered: recovered))
    }

    @Test("Each beat yields its interval once, however often its page is repeated")
    mutating func duplicates() throws {
        strap.beat(900)
        let page = strap.page()
        #expect(try beats(page) == [interval(900)])
        #expect(try beats(page, after: .second / 4).isEmpty)
        #expect(try beats(strap.page(0), after: .second / 4).isEmpty)
    }

    @Test("A beat on any page yields an interval, also on one that this version does not know")
    mutating func otherPages() throws {
        for page: UInt8 in 0...127 where page != 32 && page != 70 {
            strap.beat(700)
            #expect(
                try beats(strap.page(page, bytes: (0xFF, 0xFF, 0xFF))).filter(\.isBeat) == [interval(700)]
            )
        }
    }

    @Test("What a display says to the strap is not taken for beats", arguments: [32, 70] as [UInt8])
    mutating func commands(page: UInt8) throws {
        strap.beat(700)
        #expect(try readings(strap.page(page)).isEmpty)
        #expect(try beats(strap.page()) == [interval(700)])
    }

    @Test("A lost page costs one beat, whose interval page 4 recovers exactly")
    mutating func oneLost() throws {
        strap.beat(1000)
        strap.beat(800)
        #expect(try beats(strap.page()) == [interval(1000, recovered: true), interval(800)])
    }

    @Test("Without page 4, lost beats are missed beats and no interval is made up")
    mutating func lostWithoutPreviousTime() throws {
        strap.beat(1000)
        strap.beat(800)
        #expect(try beats(strap.page(0)) == [.beatsMissed(2)])
    }

    @Test("Of several beats at once, all but the newest are missed")
    mutating func severalLost() throws {
        for _ in 0..<4 { strap.beat(1000) }
        strap.beat(800)
        #expect(try beats(strap.page()) == [.beatsMissed(4), interval(800)])
    }

    @Test("A previous time that contradicts the pages before is not believed")
    mutating func contradiction() throws {
        strap.beat(1000)
        strap.beat(800)
        let page = strap.page(4, bytes: (0xFF, 0xFF, 0xFF))
        #expect(try beats(page) == [.beatsMissed(2)])
    }

    @Test("A page that arrives late changes nothing")
    mutating func reordered() throws {
        strap.beat(1000)
        let late = strap.page()
        strap.beat(800)
        _ = try readings(strap.page())
        #expect(try readings(late, after: .second / 8).isEmpty)
        strap.beat(900)
        #expect(try beats(strap.page()) == [interval(900)])
    }

    @Test("Count and time wrap without a trace")
    mutating func wraps() throws {
        var total = 0
        for _ in 0..<600 {
            strap.beat(1100)
            total += try beats(strap.page()).filter { $0 == interval(1100) }.count
        }
        #expect(total == 600)
    }

    @Test("After a silence in which the counters may have wrapped, nothing is invented")
    mutating func longSilence() throws {
        for seconds in [61, 64, 128, 3600] {
            strap.beat(1024)
            _ = try readings(strap.page())
            strap.time = strap.time + Nanoseconds(seconds) * .second
            strap.beat(1024)
            #expect(try readings(strap.page()).isEmpty)
            strap.beat(1024)
            #expect(try readings(strap.page()) == [interval(1024), .heartRate(HeartRate(60))])
        }
    }

    @Test("A strap that starts again is followed from there, and nothing is invented")
    mutating func restart() throws {
        for (count, eventTime) in [(UInt8(0), UInt16(0)), (100, 3), (9, 60_000)] {
            (strap.count, strap.eventTime, strap.previousTime) = (count, eventTime, eventTime)
            var intervals: [Reading] = []
            for _ in 0..<12 {
                intervals += try beats(strap.page(), after: .second / 4)
                strap.beat(512)
            }
            #expect(intervals.allSatisfy { $0 == interval(512) })
            #expect(intervals.count >= 3)
        }
    }

    @Test("A rate counts only while beats come")
    mutating func frozen() throws {
        #expect(try readings(strap.page(), after: 2 * .second) == [.heartRate(HeartRate(60))])
        #expect(try readings(strap.page(), after: 1 * .second) == [.heartRate(HeartRate(60))])
        #expect(try readings(strap.page(), after: 1 * .millisecond).isEmpty)
        #expect(try readings(strap.page(), after: 10 * .minute).isEmpty)
        strap.beat(1024)
        #expect(try beats(strap.page()).isEmpty)
        strap.beat(1024)
        #expect(try readings(strap.page()) == [interval(1024), .heartRate(HeartRate(60))])
    }

    @Test("A rate of 0 is no rate")
    mutating func noRate() throws {
        strap.rate = 0
        strap.beat(1024)
        #expect(try readings(strap.page()) == [interval(1024)])
    }

    @Test("A strap without page numbers gives rate and beats, and bytes 0-3 are not read")
    func legacy() throws {
        var monitor = HeartRateMonitor()
        var strap = Strap()
        var readings: [Reading] = []
        for _ in 0..<20 {
            strap.beat(1000)
            strap.beat(1000)
            // Byte 0 looks like page 4, but its bit 7 never changes.
            var bytes = strap.page().bytes
            bytes[0] = 0x84
            try monitor.decode(Payload(bytes)!, at: strap.time, into: &readings)
        }
        #expect(readings.filter(\.isBeat) == Array(repeating: .beatsMissed(2), count: 19))
        #expect(readings.count == 38)
    }

    @Test("What a strap says about itself is told once, and again when it changes")
    mutating func facts() throws {
        let pages: [(UInt8, (UInt8, UInt8, UInt8), [SensorFact])] = [
            (2, (1, 0x3B, 0xE9), [.manufacturer(1, isLowByte: true), .serialUpper(0xE93B)]),
            (3, (1, 2, 3), [.hardware(1), .software(2000), .model(3)]),
            (7, (90, 0x80, 0x22), [.batteryLevel(90), .batteryStatus(.good), .batteryVoltage(2.5)]),
            (9, (1, 0xFF, 0xFF), [.beatsAreComputed(true)]),
        ]
        for _ in 0..<2 {
            for (number, bytes, expected) in pages {
                #expect(try beats(strap.page(number, bytes: bytes)) == expected.map { .fact($0) })
                #expect(try beats(strap.page(number, bytes: bytes)).isEmpty)
            }
            monitor = HeartRateMonitor()
            try self = Self()
        }
        #expect(try beats(strap.page(7, bytes: (0xFF, 0, 0x7F))).isEmpty)
        _ = try beats(strap.page(7, bytes: (90, 0x80, 0x22)))
        #expect(try beats(strap.page(7, bytes: (89, 0x80, 0x22))) == [.fact(.batteryLevel(89))])
        #expect(
            try beats(strap.page(2, bytes: (32, 0xFF, 0xFF))) == [.fact(.manufacturer(32, isLowByte: true))]
        )
    }

    @Test("Whatever is lost and however pages are swapped, beats told and beats missed add up")
    func accounts() throws {
        for seed in 0..<50 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var strap = Strap()
            var monitor = HeartRateMonitor()
            var sent: [(Payload, Instant)] = []
            for _ in 0..<400 {
                strap.beat(UInt16.random(in: 300...1500, using: &random))
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    let number: UInt8 = random.next() % 4 == 0 ? 0 : 4
                    sent.append((strap.page(number), strap.time))
                }
            }
            sent.removeAll { _ in random.next() % 3 == 0 }
            let first = sent[0].0
            for index in stride(from: 2, to: sent.count - 1, by: 2) where random.next() % 4 == 0 {
                guard sent[index].0[6] &- sent[index - 1].0[6] <= 3 else { continue }
                let times = (sent[index - 1].1, sent[index].1)
                sent.swapAt(index - 1, index)
                (sent[index - 1].1, sent[index].1) = times
            }
            var readings: [Reading] = []
            for (page, time) in sent { try monitor.decode(page, at: time, into: &readings) }
            let newest = sent.suffix(4).map { Int($0.0[6] &- first[6]) }.max()!
            let told = readings.reduce(0) { sum, reading in
                switch reading {
                case .beat: sum + 1
                case .beatsMissed(let count): sum + count
                default: sum
                }
            }
            #expect(told % 256 == newest, "seed \(seed)")
            let intervals = readings.compactMap {
                if case .beat(let beat) = $0 { beat.interval } else { nil }
            }
            #expect(intervals.allSatisfy { (300...1500).contains($0) }, "seed \(seed)")
        }
    }
}

extension Reading {
    fileprivate var isBeat: Bool {
        switch self {
        case .beat, .beatsMissed: true
        default: false
        }
    }
}
