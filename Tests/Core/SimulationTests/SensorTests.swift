import Testing
import Wire

@testable import Simulation

@Suite struct SensorTests {
    /// Frames of ten minutes without weather, and the squad after them.
    private static let run: (squad: Squad, frames: [Frame]) = {
        var squad = Squad.calm(athletes: 8)
        let frames = squad.frames(seconds: 600)
        return (squad, frames)
    }()

    private func frames(of athlete: Int, sensor index: Int) -> [Frame] {
        let sensor = Self.run.squad.roster[athlete].sensors[index]
        return Self.run.frames.filter { $0.sensor == sensor }
    }

    private func truth(_ athlete: Int) -> Truth { Self.run.squad.truth(of: athlete) }

    /// How far a counter of `modulus` went, step by step.
    private func total(_ readings: [Int], modulus: Int) -> Int {
        zip(readings, readings.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0 + modulus) % modulus }
    }

    @Test("A strap's toggle bit flips every four messages", arguments: [0, 2, 3, 7])
    func toggle(athlete: Int) {
        let toggles = frames(of: athlete, sensor: 0).map { $0.number(0) >> 7 }
        for (index, toggle) in toggles.enumerated() { #expect(toggle == index / 4 % 2) }
    }

    @Test("A strap sends main pages, and each background page now and then")
    func strapPages() {
        let pages = frames(of: 0, sensor: 0).map { $0.number(0) & 0x7F }
        #expect(Set(pages) == [0, 1, 2, 3, 4, 7])
        let background = Double(pages.filter { $0 != 0 && $0 != 4 }.count) / Double(pages.count)
        #expect((0.03...0.09).contains(background))
    }

    @Test("A first-generation strap has no page number and no toggle")
    func legacyPages() {
        #expect(Set(frames(of: 4, sensor: 0).map { $0.number(0, bytes: 4) }).count == 1)
    }

    @Test("A watch says that its beats are computed, and a strap never does")
    func watchPages() {
        let watch = frames(of: 6, sensor: 1).filter { $0.number(0) & 0x7F == 9 }
        #expect(!watch.isEmpty)
        #expect(watch.allSatisfy { $0.number(1) & 0x03 == 1 })
        #expect(!frames(of: 6, sensor: 0).contains { $0.number(0) & 0x7F == 9 })
    }

    @Test("A strap's beat count and beat time follow the heart", arguments: [0, 3, 4, 6])
    func strapCounters(athlete: Int) {
        let frames = frames(of: athlete, sensor: 0)
        let beats = truth(athlete).beats
        let heard = beats.filter { $0 > frames[0].time && $0 <= frames.last!.time - Squad.airTime }.count
        let counted = total(frames.map { $0.number(6) }, modulus: 256)
        #expect(abs(counted - heard) <= 1)
        // The newest beat of the last page against that of the first page with a beat.
        let first = frames.firstIndex { $0.number(6) != frames[0].number(6) }!
        let elapsed = total(frames[first...].map { $0.number(4, bytes: 2) }, modulus: 65536)
        let from = beats.last { $0 <= frames[first].time - Squad.airTime }!
        let to = beats.last { $0 <= frames.last!.time - Squad.airTime }!
        // Two roundings to 1/1024 s, and 60 ppm of ten minutes.
        #expect(abs(Double(elapsed) / 1024 - Double(to - from) / 1e9) < 0.002 + 0.04)
    }

    @Test("Page 4 holds the beat before: its interval is one of the heart's")
    func previousBeat() {
        let frames = frames(of: 0, sensor: 0)
        let beats = truth(0).beats
        var checked = 0
        for frame in frames where frame.number(0) & 0x7F == 4 && frame.time > beats[2] {
            let interval = (frame.number(4, bytes: 2) - frame.number(2, bytes: 2) + 65536) % 65536
            let last = beats.lastIndex { $0 <= frame.time - Squad.airTime }!
            let expected = Double(beats[last] - beats[last - 1]) / 1e9
            #expect(abs(Double(interval) / 1024 - expected) <= 0.001)
            checked += 1
        }
        #expect(checked > 1000)
    }

    @Test("The rate that a strap shows follows the heart", arguments: [0, 2, 4])
    func shownRate(athlete: Int) {
        let frames = frames(of: athlete, sensor: 0).dropFirst(40)
        let maximum = Self.run.squad.roster[athlete].heartRateMaximum
        #expect(frames.allSatisfy { (45...maximum + 8).contains($0.number(7)) })
        #expect(abs(Double(frames.last!.number(7)) - truth(athlete).heartRate.value) < 20)
    }

    @Test("The intervals of a BLE strap add up to the time between beats", arguments: [1, 3, 5])
    func intervals(athlete: Int) {
        let index = athlete == 3 ? 1 : 0
        let frames = frames(of: athlete, sensor: index).filter { $0.isNotification(0x2A37) }
        let isWide = athlete == 5
        var sum = 0
        var count = 0
        for frame in frames {
            #expect((frame.payload[0] & 1 == 1) == isWide)
            let start = isWide ? 3 : 2
            for position in stride(from: start, to: frame.payload.count, by: 2) {
                sum += frame.number(position, bytes: 2)
                count += 1
            }
        }
        let beats = truth(athlete).beats.filter { $0 <= frames.last!.time }
        #expect(count == beats.count - 1)
        #expect(abs(Double(sum) / 1024 - Double(beats.last! - beats[0]) / 1e9) < 0.05)
    }

    @Test("A BLE strap notifies its battery level rarely")
    func battery() {
        let levels = frames(of: 1, sensor: 0).filter { $0.isNotification(0x2A19) }
        #expect((1...2).contains(levels.count))
        #expect(levels.allSatisfy { $0.payload.count == 1 && (0...100).contains($0.number(0)) })
    }

    @Test("A pod sends pages 1, 1, 2, 2, and after 64 of them a common page twice")
    func podPages() {
        let pages = frames(of: 0, sensor: 1).map { $0.number(0) }
        for (index, page) in pages.enumerated() {
            let (cycle, position) = index.quotientAndRemainder(dividingBy: 66)
            let expected = position < 64 ? 1 + position / 2 % 2 : 80 + cycle % 3
            #expect(page == expected)
        }
        #expect(Set(pages) == [1, 2, 80, 81, 82])
    }

    @Test(
        "A pod's distance and strides are those that were run, through all roll-overs",
        arguments: [0, 2, 4]
    )
    func podCounters(athlete: Int) {
        let pages = frames(of: athlete, sensor: 1).filter { $0.number(0) == 1 }
        let sixteenths = total(pages.map { $0.number(3) << 4 | $0.number(4) >> 4 }, modulus: 4096)
        let strides = total(pages.map { $0.number(6) }, modulus: 256)
        let truth = truth(athlete)
        #expect(truth.distance.value > 300)
        // The last page may be two seconds old at 9 m/s, with 0.5 s of latency.
        let missing = truth.distance.value - Double(sixteenths) / 16
        #expect((-0.1...25).contains(missing))
        #expect((0...6).contains(truth.strideCount - strides))
    }

    @Test("A pod's time less its latency is the moment of its numbers")
    func podTime() {
        let pages = frames(of: 0, sensor: 1).filter { $0.number(0) == 1 }
        #expect(pages.allSatisfy { $0.number(1) < 200 && (0...18).contains($0.number(7)) })
        // Pod time plus age runs with true time.
        func seconds(_ page: Frame) -> Double {
            Double(page.number(2)) + Double(page.number(1)) / 200 + Double(page.number(7)) / 32
        }
        for (earlier, later) in zip(pages, pages.dropFirst()) {
            var elapsed = seconds(later) - seconds(earlier)
            if elapsed < -100 { elapsed += 256 }
            #expect(abs(elapsed - Double(later.time - earlier.time) / 1e9) < 0.05)
        }
    }

    @Test("Speed and cadence of pages 1 and 2 belong together")
    func podSpeed() {
        let pages = frames(of: 0, sensor: 1)
        var running = 0
        for page in pages where page.number(0) == 2 {
            let speed = Double(page.number(4) & 0x0F) + Double(page.number(5)) / 256
            let cadence = Double(page.number(3)) + Double(page.number(4) >> 4) / 16
            #expect((speed > 0.3) == (cadence > 0) || speed < 0.31)
            #expect((page.number(7) & 0x03 == 1) == (speed > 0))
            if speed > 2 {
                running += 1
                #expect((70...130).contains(cadence))
            }
        }
        #expect(running > 50)
    }

    @Test("A BLE pod's total distance and stride length are those that were run")
    func runningSpeed() {
        let values = frames(of: 1, sensor: 1)
        #expect(values.allSatisfy { $0.payload.count == 10 && $0.payload[0] & 0x03 == 0x03 })
        let distance = Double(values.last!.number(6, bytes: 4)) / 10
        #expect(abs(distance - truth(1).distance.value) < 10)
        for value in values where value.number(3) > 0 {
            let speed = Double(value.number(1, bytes: 2)) / 256
            let length = Double(value.number(4, bytes: 2)) / 100
            #expect(abs(length * Double(value.number(3)) / 60 - speed) < 0.1)
            #expect((value.payload[0] & 4 != 0) == (speed >= 2) || abs(speed - 2) < 0.01)
        }
        #expect(frames(of: 7, sensor: 1).allSatisfy { $0.payload.count == 4 && $0.payload[0] & 0x03 == 0 })
    }
}
