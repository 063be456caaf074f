import AllocationCounter
import Engine
import Glibc
import Messages
import Simulation
import Wire

@main enum Bench {
    static func main() {
        // How long the engine takes from the bytes of a frame to a row, and what it allocates on the way.
        let start = Instant(nanoseconds: 1_000 * .second)
        let athletes = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 22 : 22
        var squad = Squad(athletes: athletes, seed: 1, start: start)
        var settings = Engine.Settings(gateway: "bench", boot: BootID(high: 1, low: 1))
        settings.autoAthletes = true
        settings.commitInterval = 60 * .second
        var engine = Engine(settings: settings, start: start)
        var frames: [Frame] = []
        squad.frames(until: start + 179 * .second) { frames.append($0) }
        var commands: [Engine.Command] = []

        func feed(_ frame: Frame) {
            engine.take(frame)
            engine.takeCommands(into: &commands)
            for index in commands.indices {
                if case .commit = commands[index] {
                    engine.committed(CommitReceipt(deliverableBelow: 1), at: frame.time)
                }
            }
        }

        let steady = frames.firstIndex { $0.time > start + 125 * .second }!
        for frame in frames[..<steady] { feed(frame) }
        let allocations = allocations_of_this_thread()
        var before = timespec()
        clock_gettime(CLOCK_MONOTONIC, &before)
        for index in steady..<frames.count { feed(frames[index]) }
        var after = timespec()
        clock_gettime(CLOCK_MONOTONIC, &after)
        let nanoseconds = (after.tv_sec - before.tv_sec) * 1_000_000_000 + after.tv_nsec - before.tv_nsec
        let count = frames.count - steady
        let allocated = allocations_of_this_thread() - allocations
        print("frame to row: \(nanoseconds / count) ns, \(allocated) allocations in \(count) frames")
    }
}
