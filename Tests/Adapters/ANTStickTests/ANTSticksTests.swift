import ANTHost
import Reactor
import Simulation
import TestSupport
import Testing
import USB
import Wire

@testable import ANTStick

/// Sticks in real time on the real reactor, against emulated ones.
@Suite struct ANTSticksTests {
    @Test("A plugged stick is heard within three seconds, and its data are recorded as frames")
    func start() async {
        let bus = await EmulatedBus()
        await bus.plug("1-1.4", serial: "4711")
        let isHeard = await eventually(within: 3) { await bus.frames[SourceIndex(0), default: 0] > 20 }
        #expect(isHeard)
        await Reactor.run {
            #expect(bus.sources == ["4711"])
            #expect(bus.sticks.sticks[0].receiver.state == .listening)
            #expect(bus.told("ant0 (serial 4711, USB 1-1.4): listening") == 1)
            // Answers are recorded as bytes, data as frames: one transfer is one or the other.
            #expect(bus.transfers.contains { !$0.plain && $0.frames == 0 })
            #expect(bus.transfers.allSatisfy { $0.plain == ($0.frames > 0) })
            #expect(bus.devices["1-1.4"]!.stick.counters.transmissions == 0)
            bus.end()
        }
    }

    @Test("Five sticks that hang are back within ten seconds, whatever brings them back")
    func hang() async {
        let cures: [StickEmulator.Cure] = [.resetCommand, .usbReset, .powerCycle, .usbReset, .resetCommand]
        let bus = await EmulatedBus()
        for index in cures.indices { await bus.plug("1-\(index + 1)", serial: "9\(index)") }
        let isListening = await eventually(within: 5) {
            await bus.areHeard(cures.count, since: 0)
        }
        #expect(isListening)
        let fault = await Reactor.run { () -> UInt64 in
            for index in cures.indices { bus.devices["1-\(index + 1)"]!.stick.faults.hang = cures[index] }
            return EventSource.now()
        }
        let isBack = await eventually(within: 10) {
            await bus.areHeard(cures.count, since: fault + 1_000_000)
        }
        #expect(isBack)
        await Reactor.run {
            for index in cures.indices {
                let counts = bus.sticks.sticks[index].receiver.counters.recoveries
                #expect(counts[.reset] >= 1)
                if cures[index] >= .usbReset { #expect(counts[.resetDevice] >= 1) }
                if cures[index] == .powerCycle { #expect(counts[.cyclePower] >= 1) }
                #expect(bus.told("ant\(index) ") <= 5, "\(bus.lines)")
            }
            // The power cycle looked like pulling and plugging, and was told as what it is.
            #expect(bus.told("unplugged") == 0)
            #expect(bus.sources.count == cures.count)
            bus.end()
        }
    }

    @Test("A stick pulled and plugged five times is the same source each time, and back within three seconds")
    func plug() async {
        let bus = await EmulatedBus()
        await bus.plug("1-2", serial: "123")
        for round in 0..<5 {
            let since = EventSource.now()
            let isHeard = await eventually(within: 3) { await bus.isHeard(0, since: since) }
            #expect(isHeard, "round \(round)")
            await bus.pull("1-2")
            #expect(await bus.sticks.sticks[0].receiver.state == .absent)
            await bus.plug("1-2")
        }
        await Reactor.run {
            #expect(bus.sources == ["123"])
            #expect(bus.told("unplugged") == 5)
            bus.end()
        }
    }

    @Test("Without a key no stick is opened and one line says what to do; a key that comes later is used")
    func key() async {
        var settings = ANTSticks.Settings()
        settings.keyAdvice = "get a key"
        let bus = await EmulatedBus(settings)
        #expect(await bus.lines.isEmpty)
        await bus.plug("1-1", serial: "1")
        await bus.plug("1-2", serial: "2")
        await Reactor.run {
            #expect(bus.lines == ["get a key"])
            #expect(bus.sources.isEmpty)
            bus.sticks.apply(.scanning)
        }
        let isHeard = await eventually(within: 3) {
            await bus.areHeard(2, since: 0)
        }
        #expect(isHeard)
        await bus.end()
    }

    @Test("A stick that the configuration does not name stays unused, and serial bridges are explained, once")
    func unused() async {
        var settings = ANTSticks.Settings.scanning
        settings.wanted = [ANTSticks.Wanted(serial: "1", deviceTypes: [120])]
        let bus = await EmulatedBus(settings)
        for _ in 0..<3 {
            await bus.plug("1-2", serial: "2")
            await bus.plug("1-3", product: 0x1004)
            await bus.pull("1-2")
            await bus.pull("1-3")
        }
        await bus.plug("1-1", serial: "1")
        await Reactor.run {
            #expect(bus.told("is not in radios.ant.sticks") == 1)
            #expect(bus.told("0fcf:1004 at USB 1-3 is an ANT2USB") == 1)
            #expect(bus.sources == ["1"])
            #expect(bus.sticks.sticks[0].receiver.settings.deviceTypes == [120])
            bus.sticks.apply(.scanning)
            bus.plug("1-2", serial: "2")
            #expect(bus.sources == ["1", "2"])
            #expect(bus.sticks.sticks[0].receiver.settings.deviceTypes.isEmpty)
            bus.end()
        }
    }

    @Test(
        "A stick that is denied or in use is told with reason and cure, once, and used when that passes",
        arguments: [
            (PortFailure.denied, "/dev/bus/usb/001/002 may not be opened", "60-touchline.rules"),
            (PortFailure.busy, "the kernel driver cp210x has it", "stop that program"),
        ]
    )
    func refused(failure: PortFailure, reason: String, cure: String) async {
        let bus = await EmulatedBus()
        await Reactor.run {
            bus.devices["1-1"] = EmulatedDevice(seed: 1)
            bus.devices["1-1"]!.refusal = (failure, reason)
        }
        await bus.plug("1-1", serial: "1")
        // The second attempt, 5 s later, finds the same and says nothing new.
        let isAskedTwice = await eventually(within: 8) { await bus.devices["1-1"]!.refused >= 2 }
        #expect(isAskedTwice)
        await Reactor.run {
            #expect(bus.told(reason) == 1)
            #expect(bus.told(cure) == 1)
            bus.devices["1-1"]!.refusal = nil
        }
        let isHeard = await eventually(within: 9) { await bus.isHeard(0, since: 0) }
        #expect(isHeard)
        await bus.end()
    }

    @Test("A stick that is on the bus and cannot be found is asked for again, ever more seldom")
    func hidden() async {
        let bus = await EmulatedBus()
        await Reactor.run {
            bus.devices["1-1"] = EmulatedDevice(seed: 1)
            bus.devices["1-1"]!.refusal = (.gone, "it is not plugged in")
        }
        await bus.plug("1-1", serial: "1")
        let isAskedTwice = await eventually(within: 4) { await bus.devices["1-1"]!.refused >= 2 }
        #expect(isAskedTwice)
        await Reactor.run {
            bus.devices["1-1"]!.refusal = nil
            bus.changed("1-1")
        }
        let isHeard = await eventually(within: 3) { await bus.isHeard(0, since: 0) }
        #expect(isHeard)
        await bus.end()
    }

    @Test("A stick is known by a serial of its own anywhere, by a common one or none at its socket alone")
    func identity() {
        func port(_ path: String, _ serial: String?, _ product: UInt16 = 0x1008) -> USBPort {
            USBPort(path: path, vendor: 0x0FCF, product: product, serial: serial)
        }
        let known = [
            (port: port("1-1", "4711"), isPlugged: false), (port: port("1-2", "123"), isPlugged: false),
            (port: port("1-3", nil), isPlugged: false), (port: port("1-4", "4712"), isPlugged: true),
            (port: port("1-5", "4711"), isPlugged: false),
        ]
        #expect(StickIdentity.match(port("2-7", "4711"), among: known) == 0)
        #expect(StickIdentity.match(port("1-5", "4711"), among: known) == 4)
        #expect(StickIdentity.match(port("1-2", "123"), among: known) == 1)
        #expect(StickIdentity.match(port("2-7", "123"), among: known) == nil)
        #expect(StickIdentity.match(port("1-3", nil), among: known) == 2)
        #expect(StickIdentity.match(port("2-7", nil), among: known) == nil)
        #expect(StickIdentity.match(port("1-1", "4711", 0x1009), among: known) == nil)
        // Its like is plugged in: this is another stick with the same serial.
        #expect(StickIdentity.match(port("2-7", "4712"), among: known) == nil)
    }
}

extension Reactor {
    /// Runs a few lines of a test on the reactor.
    @Reactor
    static func run<Result: Sendable>(_ body: @Reactor () -> Result) -> Result { body() }
}
