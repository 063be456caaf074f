import Simulation
import Testing
import Wire

@Suite struct StickFaultTests {
    /// The bytes of `count` messages through a stick with faults, and how the stick counted.
    private func stream(
        _ count: Int,
        seed: UInt64 = 1,
        _ change: (inout StickEmulator.Faults) -> Void
    ) -> (transfers: [[UInt8]], counters: StickEmulator.Counters) {
        var bench = StickBench.scanning(seed: seed)
        change(&bench.stick.faults)
        var transfers: [[UInt8]] = []
        for _ in 0..<count {
            for _ in 0..<4 { bench.hear(.strap) }
            bench.now = bench.now + .second / 4
            transfers += bench.transfers()
        }
        return (transfers, bench.stick.counters)
    }

    @Test("Splitting and merging move the borders and no byte")
    func borders() {
        let whole = stream(100) { _ in }
        let moved = stream(100) { ($0.split, $0.merge) = (0.5, 0.5) }
        #expect(whole.transfers.allSatisfy { $0.count == 24 })
        #expect(Set(moved.transfers.map(\.count)).count > 20)
        #expect(moved.transfers.allSatisfy { (1...64).contains($0.count) })
        #expect(moved.transfers.joined().elementsEqual(whole.transfers.joined()))
    }

    @Test("Garbling flips one bit of the share of bytes that was asked for")
    func garbling() {
        let whole = stream(100) { _ in }
        let garbled = stream(100) { $0.garble = 0.01 }
        let pairs = zip(whole.transfers.joined(), garbled.transfers.joined())
        let changed = pairs.filter { $0 != $1 }
        #expect(changed.allSatisfy { ($0 ^ $1).nonzeroBitCount == 1 })
        #expect((50...150).contains(changed.count))
        #expect(garbled.counters.spoiltBytes == changed.count)
    }

    @Test("Noise and cuts change the length by what is counted")
    func noise() {
        let whole = stream(100) { _ in }.transfers.joined().count
        let noisy = stream(100) { $0.noise = 0.5 }
        #expect(noisy.transfers.joined().count == whole + noisy.counters.spoiltBytes)
        let cut = stream(100) { $0.cut = 0.1 }
        #expect(cut.transfers.joined().count == whole - cut.counters.spoiltBytes)
        #expect(stream(10) { $0.cut = 1 }.transfers.isEmpty)
    }

    @Test("The same seed gives the same bytes, another one others")
    func repeats() {
        func run(_ seed: UInt64) -> [[UInt8]] {
            stream(20, seed: seed) { ($0.garble, $0.split, $0.noise) = (0.05, 0.3, 0.2) }.transfers
        }
        #expect(run(3) == run(3))
        #expect(run(3) != run(4))
    }

    @Test("A host that does not fetch loses frames, and is told so once it does")
    func overflow() {
        var bench = StickBench.scanning()
        bench.stick.faults.queueLimit = 10
        for _ in 0..<15 { bench.hear(.strap) }
        #expect(bench.heard().count == 10)
        #expect(bench.stick.counters.overflowed == 5)
        bench.hear(.strap)
        let messages = bench.heard()
        #expect(messages.first == "40000135")
        #expect(messages.count == 2)
        #expect(bench.stick.counters.forwarded == 11)
    }

    @Test("A rate limit of 190 lets 190 messages a second pass")
    func rate() {
        var bench = StickBench.scanning()
        bench.stick.faults.rateLimit = 190
        for _ in 0..<8000 {
            bench.hear(.strap)
            bench.now = bench.now + .second / 800
            _ = bench.transfers()
        }
        #expect((1900...1920).contains(bench.stick.counters.forwarded))
        #expect(bench.stick.counters.forwarded + bench.stick.counters.overRate == 8000)
    }

    @Test("Two sticks that each hear 70 % hear 91 % together")
    func reception() {
        var heard: [Set<Int>] = []
        for seed: UInt64 in [1, 2] {
            var bench = StickBench.scanning(seed: seed)
            bench.stick.faults.reception = 0.7
            var received: Set<Int> = []
            for index in 0..<10_000 {
                bench.hear(.strap)
                if !bench.transfers().isEmpty { received.insert(index) }
            }
            #expect((6800...7200).contains(received.count))
            heard.append(received)
        }
        #expect((8950...9250).contains(heard[0].union(heard[1]).count))
    }

    @Test("A hanging stick takes bytes, says nothing, and heals by its cure and nothing milder")
    func hang() {
        for cure in [StickEmulator.Cure.resetCommand, .usbReset, .powerCycle] {
            var bench = StickBench.scanning()
            bench.stick.faults.hang = cure
            bench.hear(.strap)
            #expect(bench.ask(0x4D, [0, 0x61]) == [])
            #expect(bench.ask(0x4A, [0]) == (cure == .resetCommand ? ["6F20"] : []))
            if cure > .resetCommand {
                bench.stick.usbReset(at: bench.now)
                #expect(bench.heard() == (cure == .usbReset ? ["6F00"] : []))
            }
            if cure == .powerCycle {
                bench.stick.powerOff()
                bench.stick.powerOn(at: bench.now)
                #expect(bench.heard() == ["6F00"])
            }
            #expect(bench.ask(0x4D, [0, 0x61]) == ["6139300000"])
        }
    }

    @Test("A stalled stick gives nothing and takes nothing until the halt is cleared")
    func stall() {
        var bench = StickBench.scanning()
        bench.stick.faults.isStalled = true
        bench.hear(.strap)
        #expect(bench.ask(0x4D, [0, 0x61]) == [])
        bench.stick.clearHalt()
        #expect(bench.heard().count == 1)
        #expect(bench.ask(0x4D, [0, 0x61]) == ["6139300000"])
    }

    @Test("A mute stick answers and hears nothing; one whose scan ended hears again when it is reopened")
    func deaf() {
        var bench = StickBench.scanning()
        bench.stick.faults.isMute = true
        bench.hear(.strap)
        #expect(bench.ask(0x4D, [0, 0x61]) == ["6139300000"])
        bench.stick.faults.isMute = false
        bench.hear(.strap)
        #expect(bench.heard().count == 1)

        bench.stick.stopScanning()
        bench.hear(.strap)
        #expect(bench.ask(0x5B, [0]) == ["40005B00"])
        bench.hear(.strap)
        #expect(bench.heard().count == 1)
    }

    @Test("A scan that ends by itself does so after its time, without a word")
    func scanEnds() {
        var bench = StickBench.started()
        bench.stick.faults.scanEnds = 10 * .second
        bench.openScan()
        for _ in 0..<80 {
            bench.hear(.strap)
            bench.now = bench.now + .second / 4
        }
        #expect(bench.heard().count == 40)
        #expect(!bench.stick.isScanning)
    }

    @Test("Refusals, wrong states and lost commands come for the commands that were named")
    func refusals() {
        var bench = StickBench.started()
        bench.stick.faults.refused = [0x6E]
        bench.stick.faults.wrongState = [0x42]
        #expect(bench.ask(0x6E, [0, 0xE0]) == ["40006E28"])
        #expect(bench.ask(0x42, [0, 0x40, 0]) == ["40004215"])
        #expect(bench.ask(0x46, [0] + StickEmulator.airKey) == ["40004600"])
        bench.stick.faults.losesCommand = 1
        #expect(bench.ask(0x4A, [0]) == [])
        bench.stick.faults.losesCommand = 0
        bench.stick.faults.losesStartUp = 1
        #expect(bench.ask(0x4A, [0]) == [])
        bench.now = bench.now + .second
        #expect(bench.ask(0x4D, [0, 0x61]) == ["6139300000"])
    }

    @Test("A late answer is as late as was asked for, and broadcasts overtake it")
    func late() {
        var bench = StickBench.scanning()
        bench.stick.faults.answerDelay = 3 * .second...3 * .second
        bench.write(0x4D, [0, 0x61])
        let asked = bench.now
        bench.hear(.strap)
        #expect(bench.stick.nextRead == asked)
        #expect(bench.heard().map { $0.prefix(2) } == ["4E", "61"])
        #expect(bench.now - asked == 3 * .second)
    }
}
