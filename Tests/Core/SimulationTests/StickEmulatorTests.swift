import Simulation
import Testing
import Wire

@Suite struct StickEmulatorTests {
    @Test("A plugged stick says that it started, once, with reason 0")
    func powerOn() throws {
        var bench = StickBench()
        let start = try #require(bench.stick.nextRead)
        #expect((50 * .millisecond...500 * .millisecond).contains(start - StickBench.begin))
        #expect(bench.heard() == ["6F00"])
        #expect(bench.stick.nextRead == nil)
    }

    @Test("A reset takes all settings and ends with reason 20")
    func reset() {
        var bench = StickBench.scanning()
        #expect(bench.ask(0x4A, [0]) == ["6F20"])
        #expect(!bench.stick.isScanning)
        bench.hear(.strap)
        #expect(bench.heard() == [])
        #expect(bench.ask(0x4D, [0, 0x52]) == ["520000"])
    }

    @Test("It answers requests with capabilities, version, serial number and channel status")
    func requests() {
        var bench = StickBench(.antUSB2, serial: 0x0F26_839C)
        _ = bench.heard()
        #expect(bench.ask(0x4D, [0, 0x54]) == ["54080300BA3600"])
        #expect(bench.ask(0x4D, [0, 0x3E]) == ["3E414A4B312E303452414600"])
        #expect(bench.ask(0x4D, [0, 0x61]) == ["619C83260F"])
        #expect(bench.ask(0x4D, [0, 0x52]) == ["520000"])
        #expect(bench.ask(0x4D, [0, 0x99]) == ["40009928"])
    }

    @Test("A scan forwards a message with the sender, the signal and the time", arguments: [0, 1])
    func forwards(signal: Int) {
        var bench = StickBench.scanning()
        var frame = Frame.strap
        frame.strength = signal == 0 ? .gain(0x68) : .dBm(-70)
        frame.receiveStamp = 0x3B61
        bench.hear(frame)
        let block = signal == 0 ? "10006800" : "20BA80"
        #expect(bench.heard() == ["4E000400A1B251B4288EE031D47801" + block + "613B"])
    }

    @Test("Each part of the extension comes only when it was asked for")
    func extras() {
        for (flags, tail) in [(0x00, ""), (0x80, "8031D47801"), (0x20, "20613B"), (0x40, "4010006800")] {
            var bench = StickBench.scanning(extras: UInt8(flags))
            bench.hear(.strap)
            #expect(bench.heard() == ["4E000400A1B251B4288E" + tail])
        }
    }

    @Test("Without the network's key, or on another frequency, it hears nothing")
    func wrongSettings() {
        var wrongKey = StickBench.scanning(key: [0, 0, 0, 0, 0, 0, 0, 0])
        wrongKey.hear(.strap)
        #expect(wrongKey.heard() == [])
        #expect(wrongKey.stick.counters.wrongKey == 1)

        var wrongFrequency = StickBench.scanning(frequency: 66)
        wrongFrequency.hear(.strap)
        #expect(wrongFrequency.heard() == [])
        #expect(wrongFrequency.stick.counters.unheard == 1)
    }

    @Test("A scan is refused while another channel is open, and a channel while a scan runs")
    func exclusive() {
        var bench = StickBench.started()
        #expect(bench.ask(0x42, [1, 0, 0]) == ["40014200"])
        #expect(bench.ask(0x4B, [1]) == ["40014B00"])
        #expect(bench.ask(0x42, [0, 0x40, 0]) == ["40004200"])
        #expect(bench.ask(0x5B, [0]) == ["40005B19"])
        #expect(bench.ask(0x4C, [1]) == ["40014C00", "40010107"])
        #expect(bench.ask(0x5B, [0]) == ["40005B00"])
        #expect(bench.ask(0x4B, [1]) == ["40014B19"])
    }

    @Test("Commands out of order are refused by name")
    func order() {
        var bench = StickBench.started()
        #expect(bench.ask(0x5B, [0]) == ["40005B15"])
        #expect(bench.ask(0x4B, [0]) == ["40004B15"])
        #expect(bench.ask(0x45, [0, 57]) == ["40004515"])
        #expect(bench.ask(0x42, [0, 0x40, 9]) == ["40004229"])
        #expect(bench.ask(0x46, [9] + StickEmulator.airKey) == ["40094629"])
        #expect(bench.ask(0x45, [9, 57]) == ["40094533"])
        #expect(bench.ask(0x68, [0, 1]) == ["40006828"])
        #expect(bench.stick.counters.refusals == 7)
    }

    @Test("What comes before the first reset is counted, and what comes during a start is lost")
    func early() {
        var bench = StickBench()
        bench.write(0x4D, [0, 0x61])
        #expect(bench.heard() == ["6F00"])
        #expect(bench.stick.counters.writesWhileStarting == 1)
        #expect(bench.ask(0x47, [0, 3]) == ["40004700"])
        #expect(bench.ask(0x4A, [0]) == ["6F20"])
        #expect(bench.ask(0x47, [0, 3]) == ["40004700"])
        #expect(bench.stick.counters.commandsBeforeReset == 1)
    }

    @Test("Everything that the host wants on the air is counted")
    func transmissions() {
        var bench = StickBench.scanning()
        for id: UInt8 in [0x4E, 0x4F, 0x50, 0x5D, 0x72] {
            #expect(bench.ask(id, [0, 1, 2, 3, 4, 5, 6, 7, 8]).count == 1)
        }
        #expect(bench.stick.counters.transmissions == 5)
    }

    @Test("A command survives any cut into transfers, padding and garbage before it")
    func commandStream() {
        var bench = StickBench.started()
        let bytes: [UInt8] = [0, 0, 0x17, 0xA4, 0xA4, 2, 0x4D, 0, 0x61, 0xA4 ^ 2 ^ 0x4D ^ 0x61, 0, 0]
        for byte in bytes { bench.stick.write([byte], at: bench.now) }
        #expect(bench.heard() == ["6139300000"])
        #expect(bench.stick.counters.strayBytes == 2)
    }

    @Test("The extension of a device number travels in the transmission type")
    func extendedNumber() {
        var bench = StickBench.scanning(extras: 0x80)
        var frame = Frame.strap
        frame.sensor = .ant(number: 0xA_D431, type: 120)
        bench.hear(frame)
        #expect(bench.heard() == ["4E000400A1B251B4288E8031D478A1"])
    }

    @Test("Frames that are no ANT pages, and a stick without power, make nothing")
    func foreign() {
        var bench = StickBench.scanning()
        var frame = Frame.strap
        frame.channel = .advertisement
        bench.hear(frame)
        #expect(bench.heard() == [])
        #expect(bench.stick.counters.onAir == 0)
        bench.stick.powerOff()
        bench.hear(.strap)
        bench.write(0x4A, [0])
        #expect(bench.heard() == [])
    }
}
