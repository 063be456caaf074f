import HCIHost
import Testing
import Wire

@Suite struct ListenerTests {
    /// A world whose listener has listened for five seconds.
    private static func listening(
        seed: UInt64 = 1,
        _ change: (inout AirWorld) -> Void = { _ in }
    ) -> AirWorld {
        var world = AirWorld(seed: seed)
        change(&world)
        world.appear()
        world.run(for: 5 * .second)
        return world
    }

    @Test(
        "It listens passively within half a second, on controllers of both forms",
        arguments: [false, true]
    )
    func start(isExtended: Bool) {
        var world = AirWorld(seed: 1)
        world.controller.isExtended = isExtended
        world.appear()
        world.run(for: 500 * .millisecond)
        #expect(world.listener.state == .listening)
        #expect(world.controller.isPassive)
        #expect(world.refusals == 0)
        #expect(world.log == ["hci0: listening"])
    }

    @Test("It hears everything that 100 broadcasters send ten times a second, and leaves the scan alone")
    func squad() {
        var world = Self.listening()
        let (sent, heard) = (world.sent, world.heard)
        world.run(for: 30 * .second)
        #expect(world.sent - sent == 30_000)
        #expect(world.heard - heard == 30_000)
        #expect(world.listener.counters.armings == 1)
        #expect(world.listener.counters.reports == UInt64(world.heard))
    }

    @Test(
        "Discovery that starts and stops costs at most two seconds each time, with commands shown or not",
        arguments: [true, false],
        [true, false]
    )
    func discovery(showsCommands: Bool, isExtended: Bool) {
        for seed in 0..<5 as Range<UInt64> {
            var world = Self.listening(seed: seed) {
                $0.showsCommands = showsCommands
                $0.controller.isExtended = isExtended
            }
            for _ in 0..<3 {
                world.resetGap()
                world.startDiscovery()
                world.run(for: 4 * .second)
                world.stopDiscovery()
                world.run(for: 4 * .second)
                #expect(world.longestGap <= 2 * .second, "seed \(seed)")
                #expect(world.controller.isPassive)
            }
            // Each change is answered once, not again and again.
            #expect(world.listener.counters.armings <= 1 + 3 * 4, "seed \(seed)")
        }
    }

    @Test("A controller that filters by address under discovery is heard again within two seconds")
    func addressFilter() {
        var world = Self.listening()
        world.startDiscovery()
        world.run(for: 100 * .millisecond)
        world.controller.filtersAddresses = true
        world.resetGap()
        world.run(for: 4 * .second)
        #expect(world.longestGap <= 2 * .second)
        #expect(!world.controller.filtersAddresses)
    }

    @Test("Another's scan is replaced within two seconds even while it lets everything through")
    func replacement() {
        var world = Self.listening()
        world.startDiscovery()
        world.run(for: 100 * .millisecond)
        #expect(!world.controller.isPassive)
        world.run(for: 1_900 * .millisecond)
        #expect(world.controller.isPassive && world.controller.isScanning)
        #expect(world.listener.counters.disturbances == 1)
        #expect(world.listener.counters.silences == 0)
    }

    @Test("Links that are made one after the other cost at most two seconds each, and not a report more")
    func links() {
        for seed in 0..<5 as Range<UInt64> {
            var world = Self.listening(seed: seed)
            world.resetGap()
            for _ in 0..<5 {
                world.connect(found: 200 + Int64(seed) * 37, made: 100 + Int64(seed) * 20)
                world.run(for: 4 * .second)
            }
            #expect(world.longestGap <= 2 * .second, "seed \(seed)")
            #expect(world.listener.state == .listening)
            let heard = world.heard
            world.run(for: .second)
            #expect(world.heard - heard == 1_000, "seed \(seed)")
        }
    }

    @Test("An attempt to connect that finds nobody for 40 s does not keep it from hearing")
    func absentPeer() {
        var world = Self.listening()
        world.resetGap()
        world.connect(found: 40_000)
        world.run(for: 45 * .second)
        #expect(world.longestGap <= 2 * .second)
    }

    @Test("A scan that ends with nothing to see is found by the silence, within two seconds")
    func silence() {
        var world = Self.listening()
        world.resetGap()
        world.controller.isScanning = false
        world.run(for: 3 * .second)
        #expect(world.longestGap <= 2 * .second)
        #expect(world.listener.counters.silences == 1)
    }

    @Test("In an empty hall it sets the scan up ever more seldom, and whoever comes is heard at once")
    func emptyHall() {
        var world = Self.listening()
        world.broadcasters = 0
        world.run(for: 10 * .minute)
        #expect(world.listener.counters.silences <= 18)
        #expect(world.log.count <= 3)
        world.broadcasters = 1
        let heard = world.heard
        world.run(for: .second)
        #expect(world.heard - heard >= 9)
    }

    @Test("Another program that changes the scan all the time is answered once a second, and told seldom")
    func contention() {
        var world = Self.listening()
        let armings = world.listener.counters.armings
        for _ in 0..<600 {
            world.stopDiscovery()
            world.run(for: 100 * .millisecond)
        }
        #expect(world.listener.counters.armings - armings <= 60)
        #expect(world.listener.counters.armings - armings >= 30)
        #expect(world.log.count <= 2)
    }

    @Test("A controller that answers nothing is tried at growing intervals, and heard when it answers")
    func hung() {
        var world = Self.listening()
        world.controller.isHung = true
        world.run(for: 5 * .minute)
        #expect(world.listener.state == .recovering)
        #expect(world.log.count { $0.contains("trying again and again") } == 1)
        #expect(world.listener.counters.failures <= 60)
        world.controller.isHung = false
        world.run(for: 35 * .second)
        #expect(world.listener.state == .listening)
    }

    @Test("Lost answers delay it, and never stop it")
    func lostAnswers() {
        for seed in 0..<15 as Range<UInt64> {
            var world = Self.listening(seed: seed) { $0.controller.loss = 0.2 }
            world.run(for: 30 * .second)
            #expect(world.listener.counters.reports > 20_000, "seed \(seed)")
        }
    }

    @Test("An adapter that goes and comes back is heard again; a reset of the controller is survived")
    func replug() {
        var world = Self.listening()
        world.leave()
        #expect(world.listener.state == .absent)
        #expect(!world.isOpen)
        world.run(for: 10 * .second)
        world.controller.isExtended = true  // Another one under the same number.
        world.appear()
        world.run(for: .second)
        #expect(world.listener.state == .listening)
        world.fail(.gone)
        #expect(world.listener.state == .absent)
    }

    @Test("What keeps it from opening is told once, and it opens when it may")
    func denied() {
        var world = AirWorld(seed: 1)
        world.openFailures = [.denied, .denied, .denied, .io(5)]
        world.appear()
        #expect(world.listener.state == .unusable)
        world.run(for: 60 * .second)
        #expect(world.listener.state == .listening)
        #expect(world.log.count { $0.contains("CAP_NET_RAW") } == 1)
        #expect(world.log.count == 3)
    }

    @Test("When nobody wants to hear any more, its own scan ends")
    func stop() {
        var world = Self.listening()
        world.stop()
        #expect(world.listener.state == .absent)
        world.run(for: .second)
        #expect(!world.controller.isScanning)
        #expect(!world.isOpen)
        #expect(world.listener.nextWake == nil)
    }

    @Test("Noise from the socket never traps and makes few commands")
    func noise() {
        var random = SplitMix64(seed: 3)
        var world = Self.listening()
        var listener = world.listener
        for round in 0..<50_000 {
            var packet = (0..<Int(random.next() % 24)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if packet.count > 3 {
                packet[0] = random.next() & 1 == 0 ? 0x04 : 0x01
                packet[1] = [0x3E, 0x0E, 0x0F, 0x0C][Int(random.next() % 4)]
            }
            let time = world.now + Int64(round) * 10 * .millisecond
            packet.withUnsafeBytes { listener.receive($0, at: time) { _ in } }
            listener.advance(to: time)
            var commands: [Listener.Command] = []
            listener.takeCommands(into: &commands)
            #expect(commands.count <= 4)
        }
        world.run(for: .millisecond)
    }
}
