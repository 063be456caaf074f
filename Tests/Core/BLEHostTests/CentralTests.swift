import BLEHost
import Foundation
import Testing
import Wire

@Suite struct CentralTests {
    /// Hours of a faulty bluetoothd; `BLUEZ_HOURS` in the environment sets another number.
    static let hours = ProcessInfo.processInfo.environment["BLUEZ_HOURS"].flatMap(Int.init) ?? 1

    @Test(
        "Every strap that is wanted gets a link, one at a time, and its values come",
        arguments: [1, 7, 40]
    )
    func links(straps: Int) throws {
        var world = BlueZWorld(straps: straps, seed: 1)
        world.faults.slots = 64
        let seconds = try world.secondsToLinks(limit: 300)
        #expect(seconds < 10 + 2 * Double(straps))
        let (before, live) = (world.values, world.live)
        world.run(seconds: 60)
        #expect(world.live == live)
        #expect(world.values - before >= 59 * straps)
        #expect(world.violations == [])
        #expect(world.openSockets.count == straps)
    }

    @Test("Straps share the adapters when one holds no more, and the limit is learnt")
    func slots() throws {
        var world = BlueZWorld(straps: 12, adapters: 3, seed: 2)
        world.faults.slots = 7
        // One of three adapters scans.
        _ = try world.secondsToLinks(limit: 300)
        #expect(world.live == 12)
        #expect(world.violations == [])

        var single = BlueZWorld(straps: 10, seed: 3)
        single.faults.slots = 5
        single.run(seconds: 300)
        #expect(single.live == 5)
        #expect(single.central.adapters[0].slots == 5)
        let lines = single.log.count
        single.run(seconds: 600)
        #expect(single.live == 5)
        #expect(single.log.count - lines <= 5)
    }

    @Test("A strap out of reach and back is linked again without help, 50 times")
    func outOfReach() throws {
        var world = BlueZWorld(straps: 3, seed: 4)
        _ = try world.secondsToLinks(limit: 60)
        for _ in 0..<50 {
            world.straps[1].isThere = false
            world.drop(1)
            world.run(seconds: 40)
            #expect(world.live == 2)
            world.straps[1].isThere = true
            let seconds = try world.secondsToLinks(limit: 120)
            #expect(seconds <= 30)
        }
        #expect(world.violations == [])
    }

    @Test("bluetoothd gone and back, or hung, costs the links and nothing else, 50 times")
    func restarts() throws {
        var world = BlueZWorld(straps: 5, seed: 5)
        _ = try world.secondsToLinks(limit: 60)
        for round in 0..<50 {
            if round % 2 == 0 {
                world.vanish()
                world.run(seconds: 5)
                #expect(world.live == 0)
                #expect(world.openSockets.isEmpty)
                world.appear()
            } else {
                world.faults.isHung = true
                world.run(seconds: 700)
                #expect(!world.faults.isHung)
            }
            _ = try world.secondsToLinks(limit: 120)
        }
        #expect(world.restarts == 25)
    }

    @Test("Values that stop while the link is up are noticed within 5 s, and come again")
    func stoppedValues() throws {
        var world = BlueZWorld(straps: 2, seed: 6)
        _ = try world.secondsToLinks(limit: 60)
        world.run(seconds: 5)
        for _ in 0..<50 {
            world.straps[0].isSilent = true
            world.run(seconds: 8)
            #expect(!world.straps[0].isSilent)
        }
        #expect(world.central.peripherals.reduce(0) { $0 + $1.counters.rearms } == 50)
        #expect(world.live == 2)
    }

    @Test("Replies late, lost, refused and in the wrong order: no hang and no leak", arguments: 0..<5)
    func faultyBus(seed: UInt64) throws {
        var world = BlueZWorld(straps: 8, adapters: 1 + Int(seed % 3), seed: seed)
        world.faults.late = 0.1
        world.faults.lost = 0.02
        world.faults.refused = 0.1
        world.faults.drops = 0.002
        world.faults.stops = 0.002
        world.faults.slots = 16
        for hour in 0..<Self.hours {
            world.run(seconds: 3_600)
            #expect(world.openSockets.count <= 8, "hour \(hour)")
        }
        world.faults = BlueZWorld.Faults(slots: 16)
        _ = try world.secondsToLinks(limit: 900)
        world.run(seconds: 60)
        #expect(world.openSockets.count == 8)
        #expect(world.live == 8)
    }
}
