import Profiles
import Testing
import Units
import Wire

/// A pod on a shoe: it moves at a speed, counts strides and sends main pages.
private struct Pod {
    var time = Instant(nanoseconds: 0)
    /// 1/16 m.
    var distance = 0
    var strides = 0

    mutating func move(sixteenths: Int, strides more: Int, in delay: Nanoseconds = .second / 4) {
        distance += sixteenths
        strides += more
        time = time + delay
    }

    var page: Payload {
        Payload([
            1, 0, 0, UInt8(truncatingIfNeeded: distance >> 4), UInt8(distance & 0x0F) << 4 | 3, 0x80,
            UInt8(truncatingIfNeeded: strides), 0,
        ])!
    }
}

@Suite struct StrideSpeedDistanceTests {
    private var pod = Pod()
    private var monitor = StrideSpeedDistance()

    private mutating func readings(_ page: Payload) throws -> [Reading] {
        var readings: [Reading] = []
        try monitor.decode(page, at: pod.time, into: &readings)
        return readings
    }

    private func main(sixteenths: Int, strides: UInt64) -> [Reading] {
        [.speed(Speed(3.5)), .distance(Distance(Double(sixteenths) / 16)), .strideCount(strides)]
    }

    @Test("Totals grow through every wrap of both counters")
    mutating func wraps() throws {
        (pod.distance, pod.strides) = (4000, 250)
        #expect(try readings(pod.page) == main(sixteenths: 0, strides: 0))
        for step in 1...1000 {
            pod.move(sixteenths: 19, strides: step % 2)
            #expect(try readings(pod.page) == main(sixteenths: 19 * step, strides: UInt64(step + 1) / 2))
        }
    }

    @Test("A repeated page adds nothing, a late one says nothing")
    mutating func repeatedAndLate() throws {
        _ = try readings(pod.page)
        pod.move(sixteenths: 16, strides: 1)
        let late = pod.page
        pod.move(sixteenths: 16, strides: 1)
        #expect(try readings(pod.page) == main(sixteenths: 32, strides: 2))
        #expect(try readings(pod.page) == main(sixteenths: 32, strides: 2))
        #expect(try readings(late).isEmpty)
        pod.move(sixteenths: 16, strides: 1)
        #expect(try readings(pod.page) == main(sixteenths: 48, strides: 3))
    }

    @Test("A short gap is counted exactly, a long one as nothing")
    mutating func gaps() throws {
        _ = try readings(pod.page)
        pod.move(sixteenths: 16 * 140, strides: 30, in: 15 * .second)
        #expect(try readings(pod.page) == main(sixteenths: 16 * 140, strides: 30))
        pod.move(sixteenths: 16 * 140, strides: 30, in: 16 * .second)
        #expect(try readings(pod.page) == main(sixteenths: 16 * 140, strides: 30))
        pod.move(sixteenths: 16, strides: 1)
        #expect(try readings(pod.page) == main(sixteenths: 16 * 141, strides: 31))
    }

    @Test("A pod that starts again at zero is followed from there")
    mutating func restart() throws {
        for distance in [3000, 100, 20] {
            (pod.distance, pod.strides) = (distance, 5)
            _ = try readings(pod.page)
            var totals: Set<Reading> = []
            (pod.distance, pod.strides) = (0, 0)
            for _ in 0..<40 {
                pod.move(sixteenths: 4, strides: 0)
                totals.formUnion(try readings(pod.page).filter(\.isDistance))
            }
            #expect(totals.count > 20)
            for case .distance(let total) in totals { #expect(total.value < 40) }
            monitor = StrideSpeedDistance()
        }
    }

    @Test("A field that the pod says it does not fill is not read")
    mutating func capabilities() throws {
        _ = try readings(pod.page)
        let base = Payload([2, 0xFF, 0xFF, 90, 0x83, 0x80, 0xFF, 0x51])!
        #expect(
            try readings(base) == [
                .speed(Speed(3.5)), .strideRate(StrideRate(90.5)), .fact(.batteryStatus(.good)),
                .fact(.location(1)),
            ]
        )
        #expect(try readings(Payload([22, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])!).isEmpty)
        pod.move(sixteenths: 2000, strides: 1)
        #expect(try readings(pod.page) == [.strideCount(1)])
        #expect(try readings(base) == [.strideRate(StrideRate(90.5))])
        #expect(try readings(Payload([22, 0x2F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])!).isEmpty)
        #expect(try readings(base) == [.speed(Speed(3.5))])
    }

    @Test("Common pages tell who made the pod, once")
    mutating func commonPages() throws {
        let pages: [([UInt8], [SensorFact])] = [
            (
                [80, 0xFF, 0xFF, 2, 95, 0, 0x34, 0x12],
                [.hardware(2), .manufacturer(95, isLowByte: false), .model(4660)]
            ),
            ([81, 0xFF, 39, 16, 1, 0, 0, 0], [.software(1639), .serial(1)]),
            ([81, 0xFF, 0xFF, 45, 0xFF, 0xFF, 0xFF, 0xFF], [.software(4500)]),
            ([82, 0xFF, 0xFF, 0, 0, 0, 0x80, 0x42], [.batteryStatus(.low), .batteryVoltage(2.5)]),
        ]
        for (bytes, expected) in pages {
            #expect(try readings(Payload(bytes)!) == expected.map { .fact($0) })
            #expect(try readings(Payload(bytes)!).isEmpty)
        }
    }

    @Test(
        "A page that the profile does not have is named in the failure",
        arguments: [0, 17, 23, 63, 77, 95, 96, 255] as [UInt8]
    )
    mutating func unknownPage(number: UInt8) {
        let page = Payload([number, 0, 0, 0, 0, 0, 0, 0])!
        #expect(throws: DecodeFailure.unknownPage(number)) { try readings(page) }
    }

    @Test("Whatever is lost and however pages are swapped, the total is what was run")
    func accounts() throws {
        for seed in 0..<50 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var pod = Pod()
            var sent: [(Payload, Instant, Int)] = []
            for _ in 0..<600 {
                pod.move(sixteenths: Int(random.next() % 40), strides: Int(random.next() % 2))
                sent.append((pod.page, pod.time, pod.distance))
            }
            sent = [sent[0]] + sent[1...].filter { _ in random.next() % 3 != 0 }
            for index in stride(from: 2, to: sent.count - 1, by: 2) where random.next() % 4 == 0 {
                let times = (sent[index - 1].1, sent[index].1)
                sent.swapAt(index - 1, index)
                (sent[index - 1].1, sent[index].1) = times
            }
            var monitor = StrideSpeedDistance()
            var readings: [Reading] = []
            for (page, time, _) in sent { try monitor.decode(page, at: time, into: &readings) }
            let run = sent.map(\.2).max()! - sent[0].2
            #expect(readings.last { $0.isDistance } == .distance(Distance(Double(run) / 16)), "seed \(seed)")
        }
    }
}

extension Reading {
    fileprivate var isDistance: Bool { if case .distance = self { true } else { false } }
}
