import Broadcast
import HCI
import HCIHost
import PacketSocket
import Reactor
import TestSupport
import Testing
import Wire

@testable import BroadcastRelay

/// In real time, over a real socket.
@Suite struct RelayTests {
    @Test("What straps advertise arrives as frames of the adapter that heard them, and telephones do not")
    func endToEnd() async {
        let world = await RelayWorld(adapters: [0x0011_2233_4455, 0x00AA_BBCC_DDEE])
        await world.startHelper()
        await world.startDaemon()
        #expect(await eventually(within: 5) { await world.areScanning })
        let before = await Reactor.run { EventSource.now() }
        await Reactor.run {
            for number in 0..<100 as Range<UInt64> {
                let adapter = world.adapters[Int(number % 2)]
                adapter.report(0xC0FF_EE00_0000 + number, RelayWorld.strap, strength: -70)
                adapter.report(0xD000_0000_0000 + number, RelayWorld.phone)
            }
        }
        #expect(await eventually(within: 5) { await world.frames.count == 100 })
        #expect(
            await eventually(within: 5) {
                await world.daemon?.adapters.map(\.heard) == [100, 100]
            }
        )
        await Reactor.run {
            #expect(world.sources.sorted() == ["00:11:22:33:44:55", "00:AA:BB:CC:DD:EE"])
            let first = world.frames.first { $0.sensor == .ble(address: 0xC0FF_EE00_0000) }
            #expect(first?.channel == .advertisement)
            #expect(first.map { world.sources[Int($0.source.rawValue)] } == "00:11:22:33:44:55")
            #expect(first?.strength == .dBm(-70))
            #expect(first?.payload.bytes == RelayWorld.strap)
            #expect(Set(world.frames.map(\.sensor)).count == 100)
            #expect(world.frames.allSatisfy { $0.time.nanoseconds >= Int64(before) * 1_000 })
            #expect(world.events.first == .connected)
            #expect(world.events.contains(.heardByHelper))
            #expect(world.daemon?.adapters.allSatisfy { $0.state == .listening && $0.dropped == 0 } == true)
            world.end()
        }
    }

    @Test("Nobody scans while no daemon is connected, and a daemon that restarts hears again")
    func daemonRestart() async {
        let world = await RelayWorld()
        await world.startHelper()
        #expect(await Reactor.run { world.adapters[0].opens } == 0)
        for round in 1...3 {
            await world.startDaemon()
            #expect(await eventually(within: 5) { await world.areScanning })
            await Reactor.run { world.adapters[0].report(UInt64(round), RelayWorld.strap) }
            #expect(await eventually(within: 5) { await world.frames.count == round })
            await world.stopDaemon()
            #expect(await eventually(within: 5) { await !world.areScanning })
            #expect(await eventually(within: 5) { await world.relay?.connections.isEmpty == true })
        }
        await world.end()
    }

    @Test("A helper that restarts is found again within two seconds")
    func helperRestart() async {
        let world = await RelayWorld()
        await world.startDaemon()
        for round in 1...3 {
            await world.startHelper()
            #expect(await eventually(within: 2) { await world.areScanning }, "round \(round)")
            await Reactor.run { world.adapters[0].report(UInt64(round), RelayWorld.strap) }
            #expect(await eventually(within: 2) { await world.frames.count == round })
            await world.stopHelper()
            #expect(await eventually(within: 2) { await world.events.last == .disconnected })
        }
        await Reactor.run {
            #expect(world.events.count { $0 == .connected } == 3)
            #expect(world.sources.count == 1)
            world.end()
        }
    }

    @Test("A scan that somebody switches off is on again within two seconds")
    func disturbance() async {
        let world = await RelayWorld()
        await world.startHelper()
        await world.startDaemon()
        #expect(await eventually(within: 5) { await world.areScanning })
        await Reactor.run { world.adapters[0].disturb() }
        #expect(await eventually(within: 2) { await world.areScanning })
        #expect(await eventually(within: 3) { await world.daemon?.adapters.first?.rearmed == 1 })
        await world.end()
    }

    @Test("An adapter that is pulled is opened again when it is back")
    func replug() async {
        let world = await RelayWorld()
        await world.startHelper()
        await world.startDaemon()
        #expect(await eventually(within: 5) { await world.areScanning })
        await Reactor.run { world.adapters[0].close() }
        #expect(await eventually(within: 5) { await world.areScanning })
        #expect(await Reactor.run { world.adapters[0].opens } == 2)
        await world.end()
    }

    @Test("For a daemon that does not read, the newest reports are kept, and what was dropped is told")
    func slowDaemon() async throws {
        let world = await RelayWorld()
        await world.startHelper()
        let daemon = try await PacketSocket(connectingTo: world.path)
        #expect(await eventually(within: 5) { await world.areScanning })
        let total: UInt64 = 6_000
        for start in stride(from: 0, to: total, by: 50) {
            await Reactor.run {
                for number in start..<start + 50 { world.adapters[0].report(number, RelayWorld.strap) }
            }
            try await Task.sleep(nanoseconds: 1_000_000)
        }
        #expect(
            await eventually(within: 5) {
                await world.relay?.radios.first?.listener.counters.reports == total
            }
        )
        let dropped = await Reactor.run { world.relay?.connections.first?.queue.dropped ?? 0 }
        #expect(dropped > 0)
        var numbers: [UInt64] = []
        var told: UInt64?
        var buffer = [UInt8](repeating: 0, count: RelayPacket.maximumBytes)
        for _ in 0..<500 where told != dropped {
            while let count = try daemon.receive(into: &buffer) {
                let packet = buffer.withUnsafeBytes {
                    RelayPacket(UnsafeRawBufferPointer(rebasing: $0[..<count]))
                }
                if case .report(let report) = packet { numbers.append(report.advertising.address) }
                if case .status(let status) = packet { told = status.dropped }
            }
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        #expect(told == dropped)
        #expect(UInt64(numbers.count) + dropped == total)
        #expect(numbers == numbers.sorted())
        #expect(
            numbers.suffix(ReportQueue.capacity) == Array(total - UInt64(ReportQueue.capacity)..<total)[...]
        )
        await world.end()
    }

    @Test("A kernel without Bluetooth is told once, and the helper waits for better times")
    func unsupported() async {
        let world = await RelayWorld(refusal: .unsupported)
        await world.startHelper()
        await world.startDaemon()
        #expect(await eventually(within: 5) { await world.told("the kernel has no Bluetooth") == 2 })
        await Reactor.run {
            #expect(world.daemon?.adapters.map(\.failure) == [.unsupported])
            #expect(world.daemon?.isConnected == true)
            world.end()
        }
    }

    @Test("Noise from whoever connects ends nothing")
    func noise() async throws {
        let world = await RelayWorld()
        await world.startHelper()
        let guest = try await PacketSocket(connectingTo: world.path)
        var random = SplitMix64(seed: 5)
        for _ in 0..<500 {
            let packet = (0..<1 + Int(random.next() % 400)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            _ = try guest.send(packet)
        }
        await world.startDaemon()
        #expect(await eventually(within: 5) { await world.areScanning })
        await Reactor.run { world.adapters[0].report(1, RelayWorld.strap) }
        #expect(await eventually(within: 5) { await world.frames.count == 1 })
        await world.end()
    }

    @Test("An adapter is named by its address in any case, or by the kernel's name")
    func names() {
        let adapter = HCIAdapter(number: 1, address: 0x0011_22AA_BBCC, isUp: true)
        #expect(adapter.isNamed(byOneOf: ["00:11:22:AA:BB:CC"]))
        #expect(adapter.isNamed(byOneOf: ["x", "00:11:22:aa:bb:cc"]))
        #expect(adapter.isNamed(byOneOf: ["hci1"]))
        #expect(!adapter.isNamed(byOneOf: ["hci0", "00:11:22:AA:BB:CD"]))
    }

    @Test("A socket that a dead helper left behind is replaced, one that is in use is not")
    func leftOver() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("s")
        let first = try PacketListener(path: path)
        #expect(throws: PacketSocketError.self) { try PacketListener(path: path) }
        withExtendedLifetime(first) {}
        #expect(throws: PacketSocketError.pathTooLong) {
            try PacketListener(path: "/" + String(repeating: "x", count: 120))
        }
        #expect(throws: PacketSocketError.absent) { try PacketSocket(connectingTo: directory.file("none")) }
    }
}
