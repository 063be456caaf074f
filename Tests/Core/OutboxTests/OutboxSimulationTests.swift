import Foundation
import Outbox
import Testing
import Wire

/// The real ``Outbox`` against a world that loses, delays, refuses, stalls, hangs up and restarts.
///
/// A failure names its seed, and the seed repeats the failure. `SIM_SEEDS` sets how many are run, and
/// `SIM_FIRST` the first of them.
@Suite struct OutboxSimulationTests {
    private static let seeds: Int = setting("SIM_SEEDS") ?? 300
    private static let firstSeed: UInt64 = setting("SIM_FIRST") ?? 0

    private static func setting<Number: LosslessStringConvertible>(_ name: String) -> Number? {
        ProcessInfo.processInfo.environment[name].flatMap { Number($0) }
    }

    @Test(
        "Whatever the receiver does, every message arrives and the cursor passes only what it has",
        arguments: 0..<4
    )
    func survives(share: Int) {
        var (holds, restarts) = (0, 0)
        for number in stride(from: share, to: Self.seeds, by: 4) {
            let seed = Self.firstSeed &+ UInt64(number)
            var world = World(seed: seed)
            world.run(for: 3 * .minute)
            world.heal()
            // The longest waits that may be pending: a held uplink's, then a back-off's.
            world.run(for: 15 * .minute)

            #expect(world.violations == [], "seed \(seed)")
            #expect(world.isDrained, "seed \(seed): \(world.cursor) of \(world.deliverableBelow)")
            holds += world.holds
            restarts += world.restarts
        }
        #expect(holds > 0 && restarts > 0, "the worlds are too kind")
    }

    @Test("The same seed tells the same story", arguments: 0..<10 as Range<UInt64>)
    func repeats(seed: UInt64) {
        func story() -> UInt64 {
            var random = SplitMix64(seed: seed)
            var climate = Climate(using: &random)
            climate.isTraced = true
            var world = World(seed: seed, climate: climate)
            world.run(for: 2 * .minute)
            return world.trace
        }
        #expect(story() == story())
    }

    @Test("A receiver that is away for ten minutes gets everything, once and in order, when it is back")
    func waits() {
        var climate = Climate.fair
        climate.commitInterval = .second
        var world = World(seed: 1, climate: climate)
        world.run(for: .minute)
        world.setAway(true)
        let before = (attempts: world.attempts, cursor: world.cursor)
        world.run(for: 10 * .minute)
        #expect(world.cursor == before.cursor)
        #expect((6...60).contains(world.attempts - before.attempts))

        world.setAway(false)
        world.run(for: 3 * .minute)
        world.heal()
        world.run(for: .minute)
        #expect(world.violations == [])
        #expect(world.isDrained)
        #expect(world.arrived == world.arrived.sorted())
        #expect(Set(world.arrived).count == world.arrived.count)
    }
}
