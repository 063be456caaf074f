import ANTHost
import Foundation
import Simulation
import Testing
import Wire

@Suite struct ReceiverTests {
    /// How many starts and hangs to try; `STICK_ROUNDS` in the environment sets another number.
    static let rounds = ProcessInfo.processInfo.environment["STICK_ROUNDS"].flatMap(Int.init)
    private static let second = Nanoseconds.second

    /// A world whose stick has been heard.
    private static func listening(
        seed: UInt64 = 1,
        _ change: (inout StickWorld) -> Void = { _ in }
    ) throws -> StickWorld {
        var world = StickWorld(seed: seed)
        change(&world)
        world.plug()
        _ = try world.timeToFrames(limit: 10 * .second)
        world.run(for: 40 * second)
        return world
    }

    @Test("A stick that is plugged in is heard, and every message that it passes on becomes a frame")
    func start() throws {
        var world = StickWorld(seed: 1)
        world.plug()
        let time = try world.timeToFrames(limit: 10 * .second)
        #expect(time < 2 * Self.second)
        world.run(for: 60 * Self.second)
        #expect(world.receiver.state == .listening)
        #expect(world.stick.counters.forwarded > 1_000)
        #expect(world.frames == world.stick.counters.forwarded)
        #expect(world.receiver.counters.frames == UInt64(world.frames))
        #expect(world.receiver.counters.damagedRegions == 0)
        #expect(world.receiver.counters.recoveries.total == 0)
    }

    @Test("It only listens, and obeys the order that a stick wants")
    func receiveOnly() throws {
        let world = try Self.listening()
        #expect(world.stick.counters.transmissions == 0)
        #expect(world.stick.counters.refusals == 0)
        #expect(world.stick.counters.strayBytes == 0)
    }

    @Test("A sick stick starts at least 999 times in 1,000")
    func starts() {
        let rounds = Self.rounds ?? 1_000
        var times: [Nanoseconds] = []
        for seed in 0..<UInt64(rounds) {
            var world = StickWorld(seed: seed)
            world.stick.faults.startDelay = 50_000_000...1_500_000_000
            world.stick.faults.answerDelay = 500_000...700_000_000
            world.stick.faults.losesStartUp = 0.2
            world.stick.faults.losesCommand = 0.05
            world.stick.faults.garble = 0.002
            world.stick.faults.noise = 0.02
            world.plug()
            if let time = try? world.timeToFrames() { times.append(time) }
        }
        times.sort()
        print("\(times.count) of \(rounds) starts, the slowest took \(Double(times.last ?? 0) / 1e9) s")
        #expect(times.count >= rounds - rounds / 1_000)
        #expect(times[times.count / 2] < 10 * Self.second)
    }

    @Test(
        "A stick that hangs comes back without help within 10 s",
        arguments: [StickEmulator.Cure.resetCommand, .usbReset, .powerCycle]
    )
    func hangs(cure: StickEmulator.Cure) throws {
        var world = try Self.listening()
        let rounds = Self.rounds ?? 100
        var longest: Nanoseconds = 0
        for _ in 0..<rounds {
            world.stick.faults.hang = cure
            longest = max(longest, try world.timeToFrames())
            world.run(for: 60 * Self.second)
        }
        #expect(longest <= 10 * Self.second)
        #expect(world.receiver.state == .listening)
        #expect(world.receiver.counters.recoveries[.reset] >= UInt64(rounds))
        print("\(rounds) hangs until \(cure): back within \(Double(longest) / 1e9) s")
    }

    @Test("A stick that is pulled and plugged comes back within 10 s, however fast the hand")
    func pulled() throws {
        var world = try Self.listening()
        var random = SplitMix64(seed: 5)
        for _ in 0..<(Self.rounds ?? 100) {
            world.pull()
            #expect(world.receiver.state == .absent)
            world.run(for: Nanoseconds.random(in: 1...5_000, using: &random) * .millisecond)
            world.plug()
            let time = try world.timeToFrames()
            #expect(time <= 10 * Self.second)
            // Sometimes it is pulled again before it is well.
            world.run(for: Nanoseconds.random(in: 1...20_000, using: &random) * .millisecond)
        }
    }

    @Test(
        "Whatever else goes wrong with a stick is noticed and cured within 10 s",
        arguments: ["halted endpoint", "scan ends without a word", "restart", "restart during set-up"]
    )
    func other(fault: String) throws {
        var world = try Self.listening()
        switch fault {
        case "halted endpoint": world.stick.faults.isStalled = true
        case "scan ends without a word": world.stick.stopScanning()
        case "restart": world.restart()
        default:
            world.restart()
            world.run(for: 700 * .millisecond)
            world.restart()
        }
        let time = try world.timeToFrames()
        #expect(time <= 10 * Self.second)
        world.run(for: 60 * Self.second)
        #expect(world.receiver.state == .listening)
    }

    @Test("Garbled, cut, split and merged transfers cost the damaged frames alone, and no recovery")
    func garbled() throws {
        var world = try Self.listening { world in
            world.stick.faults.garble = 0.001
            world.stick.faults.cut = 0.0005
            world.stick.faults.split = 0.2
            world.stick.faults.merge = 0.2
        }
        world.run(for: 600 * Self.second)
        let share = Double(world.frames) / Double(world.stick.counters.forwarded)
        // 25 bytes a frame, each spoilt with a probability of 0.0015.
        #expect(share > 0.95)
        #expect(world.receiver.counters.recoveries.total == 0)
        #expect(world.receiver.counters.damagedRegions > 0)
    }

    @Test("In an empty hall nothing is done to the stick, and little is said")
    func emptyHall() {
        var world = StickWorld(seed: 3, athletes: 0)
        world.plug()
        world.run(for: 3_600 * Self.second)
        #expect(world.receiver.state == .listening)
        #expect(world.receiver.counters.recoveries.total == 0)
        #expect(world.receiver.counters.starts == 1)
        #expect(world.log.count == 2)
    }

    @Test("A stick that nothing helps is tried for ever, quietly, and is heard when it is replugged")
    func hopeless() throws {
        var world = try Self.listening { $0.canCyclePower = false }
        let lines = world.log.count
        world.stick.faults.hang = .powerCycle
        world.run(for: 3_600 * Self.second)
        #expect(world.receiver.state == .recovering)
        #expect(world.receiver.counters.recoveries[.resetDevice] >= 30)
        #expect(world.receiver.counters.recoveries[.resetDevice] <= 100)
        #expect(world.log.count - lines <= 3)
        world.pull()
        world.plug()
        let time = try world.timeToFrames(limit: 10 * .second)
        #expect(time < 2 * Self.second)
    }

    @Test("A stick that cannot do what is needed says so, and is left alone", arguments: [0x5B, 0x46, 0x6E])
    func refused(command: UInt8) {
        var world = StickWorld(seed: 4)
        world.stick.faults.refused = command == 0x6E ? [0x6E, 0x66] : [command]
        world.plug()
        world.run(for: 60 * Self.second)
        guard case .unusable(let reason) = world.receiver.state else {
            Issue.record("\(world.receiver.state)")
            return
        }
        #expect(reason.contains(command == 0x46 ? "network_key" : "ANTUSB2"))
        #expect(world.receiver.counters.recoveries.total == 0)
    }

    @Test("An older stick is asked for senders in its own way")
    func legacy() throws {
        let world = try Self.listening { $0.stick.faults.refused = [0x6E] }
        #expect(world.frames > 100)
    }

    @Test("Only the device types that a stick is to hear come out", arguments: [[120], [120, 124], [11]])
    func deviceTypes(types: [UInt8]) throws {
        var world = StickWorld(seed: 6, deviceTypes: types)
        world.plug()
        world.run(for: 60 * Self.second)
        #expect((world.frames == 0) == (types == [11]))
        #expect(world.frames == world.stick.counters.forwarded - Int(world.receiver.counters.filtered))
    }

    @Test("With another key nothing is heard, and the key is named")
    func wrongKey() {
        var world = StickWorld(seed: 7, key: NetworkKey(hexadecimal: "0102030405060708")!)
        world.plug()
        world.run(for: 120 * Self.second)
        #expect(world.frames == 0)
        #expect(world.log.contains { $0.contains("network key") })
    }

    @Test("A network key is 16 hexadecimal digits, and never prints")
    func networkKey() {
        #expect(
            NetworkKey(hexadecimal: "01 02 03 04 05 06 07 08") == NetworkKey(hexadecimal: "0102030405060708")
        )
        for text in ["", "01020304050607", "010203040506070809", "010203040506070g"] {
            #expect(NetworkKey(hexadecimal: text) == nil)
        }
        let key = NetworkKey(hexadecimal: "A1B2C3D4E5F60718")!
        var dumped = "\(key)" + String(reflecting: key)
        dump(key, to: &dumped)
        #expect(!dumped.lowercased().contains("a1") && !dumped.contains("161"))
    }
}
