import Foundation
import Testing
import Wire
import World

/// The engine between a store, a broker, clocks and a process that fail by script.
///
/// `SIM_SEEDS=10000` runs so many seeds from `SIM_FIRST` on; `SIM_SEED=17` runs one and prints its story.
@Suite struct GatewaySimulationTests {
    static let single = number("SIM_SEED")
    static let seeds = number("SIM_SEEDS") ?? 300
    static let firstSeed = number("SIM_FIRST") ?? 0
    static let minutes = number("SIM_MINUTES").map { Int64($0) } ?? 5
    /// Seeds are shared out, so that every core has some.
    static let shares = 8

    @Test(
        "No row is lost, doubled or sent too early, and everything arrives once the faults stop",
        arguments: 0..<UInt64(shares)
    )
    func promise(share: UInt64) {
        guard Self.single == nil else { return }
        for number in stride(from: share, to: Self.seeds, by: UInt64.Stride(Self.shares)) {
            Self.play(Self.firstSeed &+ number)
        }
    }

    @Test("Seeds that once found a fault find none")
    func pinned() throws {
        guard Self.single == nil else { return }
        let url = try #require(Bundle.module.url(forResource: "Seeds", withExtension: "txt"))
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        where !line.hasPrefix("#") {
            Self.play(try #require(line.split(separator: " ").first.flatMap { UInt64($0) }))
        }
    }

    @Test("One seed tells its story", .enabled(if: single != nil))
    func story() throws {
        Self.play(try #require(Self.single), tellsStory: true)
    }

    @Test("The same seed gives the same world")
    func determinism() {
        for seed in 0..<10 as Range<UInt64> {
            let traces = (0..<2).map { _ in
                var world = GatewayWorld(seed: seed)
                world.run(for: 2 * .minute)
                return world.trace
            }
            #expect(traces[0] == traces[1], "seed \(seed)")
        }
    }

    @Test("The worlds are hostile enough to mean something")
    func hostility() {
        var total = GatewayWorld.Tally()
        for seed in 0..<20 as Range<UInt64> {
            var world = GatewayWorld(seed: seed)
            world.run(for: 3 * .minute)
            total.rows += world.tally.rows
            total.lostRows += world.tally.lostRows
            total.crashes += world.tally.crashes
            total.stops += world.tally.stops
            total.failedCommits += world.tally.failedCommits
            total.connections += world.tally.connections
            total.holds += world.tally.holds
            total.steps += world.tally.steps
        }
        #expect(total.rows > 1_000)
        #expect(total.lostRows > 0)
        #expect(total.crashes > 10)
        #expect(total.stops > 5)
        #expect(total.failedCommits > 20)
        #expect(total.connections > 50)
        #expect(total.holds > 0)
        #expect(total.steps > 5)
    }

    /// Bad weather for some minutes, then good weather until everything has arrived.
    static func play(_ seed: UInt64, tellsStory: Bool = false) {
        var world = GatewayWorld(seed: seed, tellsStory: tellsStory)
        world.run(for: minutes * .minute)
        world.heal()
        for _ in 0..<15 where !world.isDrained { world.run(for: .minute) }
        if tellsStory { print(world.story.joined(separator: "\n")) }
        #expect(world.violations.isEmpty, "seed \(seed): \(world.violations.prefix(3))")
        #expect(world.isDrained, "seed \(seed): \(world.summary)")
    }

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}
