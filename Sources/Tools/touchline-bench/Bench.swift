import ANTHost
import AllocationCounter
import CaptureFile
import Engine
import Glibc
import Messages
import Simulation
import Wire

/// Measures the path from the bytes of a frame, and from a stick's transfer, to a row, and how fast a
/// capture is read.
///
///     touchline-bench [--check] [CAPTURE]
///
/// With `--check` it ends with status 1 when the path allocates in the steady state.
@main enum Bench {
    private static let start = Instant(nanoseconds: 1_000 * .second)

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let allocations = allocationsInSteadyState(.standard) + allocationsInSteadyState(.extended)
        if arguments.contains("--check") { exit(allocations == 0 ? 0 : 1) }
        for athletes in [1, 10, 22, 100, 400] { time(athletes: athletes) }
        timeStick(sensors: 200)
        for path in arguments where !path.hasPrefix("-") { try readCapture(path) }
    }

    private static func makeEngine() -> Engine {
        var settings = Engine.Settings(gateway: "bench", boot: BootID(high: 1, low: 1))
        settings.autoAthletes = true
        // The packing of messages comes once a commit; here it would hide what the frames cost.
        settings.commitInterval = .hour
        return Engine(settings: settings, start: start)
    }

    /// Counts what 22 athletes' frames allocate in the half hour after the first one, in which every sensor
    /// has said everything once.
    private static func allocationsInSteadyState(_ kit: Kit) -> UInt {
        var squad = Squad(athletes: 22, seed: 1, start: start, kit: kit)
        var engine = makeEngine()
        var commands: [Engine.Command] = []
        var frames = 0
        var count: UInt = 0
        let steady = start + 61 * .minute
        while let frame = squad.next(before: start + 91 * .minute) {
            let allocated = allocations_of_this_thread()
            engine.take(frame)
            engine.takeCommands(into: &commands)
            if frame.time > steady {
                count += allocations_of_this_thread() - allocated
                frames += 1
            }
            for case .commit in commands {
                engine.committed(CommitReceipt(deliverableBelow: 1), at: frame.time)
            }
        }
        print(
            "frame to row: \(count) allocations in \(frames) frames, \(kit) kit"
        )
        return count
    }

    private static func time(athletes: Int) {
        var squad = Squad(athletes: athletes, seed: 1, start: start)
        var engine = makeEngine()
        var frames: [Frame] = []
        let minutes = max(1, 200 / athletes)
        squad.frames(until: start + Nanoseconds(minutes) * .minute) { frames.append($0) }
        var commands: [Engine.Command] = []
        let begin = now()
        for index in frames.indices {
            engine.take(frames[index])
            engine.takeCommands(into: &commands)
        }
        let nanoseconds = (now() - begin) / Int64(max(frames.count, 1))
        print("frame to row: \(nanoseconds) ns a frame, \(athletes) athletes, \(frames.count) frames")
    }

    /// An emulated stick that hears so many sensors: what one transfer costs from its bytes to the twins,
    /// the closing of a second included.
    private static func timeStick(sensors: Int) {
        let key = StickEmulator.airKey.map { Hex.text([$0]) }.joined()
        var stick = StickEmulator(serial: 1, model: .antUSBm, seed: 1)
        var receiver = Receiver(
            settings: Receiver.Settings(networkKey: NetworkKey(hexadecimal: key)!),
            source: SourceIndex(0),
            at: start
        )
        var engine = makeEngine()
        var (times, commands, heard): ([Int64], [Engine.Command], Set<SensorID>) = ([], [], [])
        var orders: [Receiver.Command] = []
        var squad = Squad(athletes: sensors, seed: 1, start: start, weather: .none)
        var upcoming: Frame?
        stick.powerOn(at: start)
        receiver.attached(at: start)
        receiver.opened(at: start)
        var now = start
        while now < start + 60 * .second {
            upcoming = upcoming ?? squad.next()
            let next = [stick.nextRead, receiver.nextWake, upcoming?.time].compactMap { $0 }.min()
            now = max(now, next ?? now)
            if let frame = upcoming, frame.time <= now {
                upcoming = nil
                guard heard.count < sensors || heard.contains(frame.sensor) else { continue }
                if case .ant = frame.sensor.kind { heard.insert(frame.sensor) }
                stick.hear(frame)
            } else if let bytes = stick.read(at: now) {
                let begin = self.now()
                bytes.withUnsafeBytes { bytes in
                    _ = receiver.receive(bytes, at: now) { engine.take($0) }
                }
                times.append(self.now() - begin)
                engine.takeCommands(into: &commands)
            } else {
                receiver.advance(to: now)
            }
            receiver.takeCommands(into: &orders)
            for case .send(let bytes) in orders { stick.write(bytes, at: now) }
        }
        report(times, sensors: heard.count, stick, frames: engine.counters.frames)
    }

    private static func report(
        _ times: [Int64],
        sensors: Int,
        _ stick: StickEmulator,
        frames: UInt64
    ) {
        let sorted = times.sorted()
        let load = Double(times.reduce(0, +)) / 60e7
        print(
            "transfer to twin: p99 \(sorted[sorted.count * 99 / 100]) ns, longest \(sorted.last ?? 0) ns; "
                + "\(sensors) sensors, \(stick.counters.forwarded) messages in 60 s, \(frames) heard, "
                + "\(Int(load * 100))/100 % of a core"
        )
    }

    private static func readCapture(_ path: String) throws {
        var reader = try CaptureReader(path: path)
        var count = 0
        let begin = now()
        while try reader.next() != nil { count += 1 }
        let seconds = Double(now() - begin) / 1e9
        print("capture: \(Int(Double(count) / seconds)) lines a second, \(count) lines")
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * .second + Int64(time.tv_nsec)
    }
}
