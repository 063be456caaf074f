import ANTHost
import CaptureFile
import Commands
import Foundation
import Messages
import Reactor
import Simulation
import TestSupport
import Testing
import Wire

@testable import ANTStick
@testable import Daemon

/// What the recorder makes of a stick's transfers.
@Suite struct StickCaptureTests {
    static let start = Instant(nanoseconds: 100 * .second)

    @Test(
        "The capture of a stick that garbles, splits and merges replays to what the frames alone replay to",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func replay(seed: UInt64) async throws {
        let directory = TemporaryDirectory()
        let recorder = await Self.recorder(in: directory)
        let (frames, plain) = await Self.run(seed: seed, into: recorder)
        await recorder.close()
        var writer = try CaptureWriter(path: directory.file("frames.ndjson"), header: Self.header(["ant0"]))
        for frame in frames { try writer.write(.frame(frame)) }
        try writer.close()

        let recorded = directory.file("captures/capture-1.ndjson.zst")
        for (capture, messages) in [(recorded, "a"), (directory.file("frames.ndjson"), "b")] {
            let arguments = ["replay", "--strict", capture, "-o", directory.file(messages)]
            #expect(await CommandLineTool.run(arguments: arguments) == 0)
        }
        let (mixed, pure) = (try contents(directory.file("a")), try contents(directory.file("b")))
        #expect(mixed == pure)
        #expect(pure.count > 10_000)
        #expect(frames.count > 1_000)
        // Both kinds of lines were there in numbers, or this proves nothing.
        #expect(plain > 200)
        #expect(try await Self.transferLines(in: recorded) > 200)
    }

    @Test("A source that appears while a capture is open begins another file, which names it")
    func newSource() async throws {
        let directory = TemporaryDirectory()
        let ring = CaptureRing(
            directory: directory.file("captures"),
            maximumBytes: 1 << 20,
            thread: SerialThread(named: "test")
        )
        func frame(_ source: UInt8) -> CaptureEvent {
            .frame(
                Frame(
                    time: Self.start,
                    source: SourceIndex(source),
                    sensor: .ant(number: 7, type: 120),
                    channel: .antPage,
                    payload: Payload(packed: 1)
                )
            )
        }
        try await ring.append([frame(0)], header: Self.header(["ant0"]))
        try await ring.append([frame(0)], header: Self.header(["ant0"]))
        try await ring.append([frame(1), frame(0)], header: Self.header(["ant0", "ant1"]))
        await ring.close()
        var names: [[String]] = []
        for number in 1...2 {
            var reader = try CaptureReader(path: directory.file("captures/capture-\(number).ndjson.zst"))
            while let (_, event) = try reader.next() {
                guard case .frame(let frame) = event else { continue }
                names.append([reader.header.sources[frame.source]?.name ?? ""])
            }
        }
        #expect(names == [["ant0"], ["ant0"], ["ant1"], ["ant0"]])
    }

    static func header(_ sources: [String]) -> CaptureHeader {
        var table = SourceTable()
        for name in sources { table.add(SourceTable.Source(name: name, serial: "4711")) }
        return CaptureHeader(
            gateway: "proof",
            boot: BootID(high: 1, low: 2),
            time: start,
            realtime: 1_767_225_600 * .second,
            clock: .synced,
            sources: table
        )
    }

    @Reactor
    private static func recorder(in directory: TemporaryDirectory) -> CaptureRecorder {
        CaptureRecorder(
            directory: directory.file("captures"),
            maximumBytes: 1 << 24,
            header: { _ in header(["ant0"]) },
            thread: SerialThread(named: "test"),
            journal: JournalLog(threshold: .error)
        )
    }

    /// A minute of a squad on an emulated stick that spoils much and is pulled once, in virtual time: the
    /// frames that came out, and how many transfers were nothing but frames.
    @Reactor
    private static func run(seed: UInt64, into recorder: CaptureRecorder) -> ([Frame], Int) {
        var stick = StickEmulator(serial: 4711, model: .antUSB2, seed: seed)
        var squad = Squad(athletes: 5, seed: seed, start: start, weather: .none)
        var receiver = Receiver(
            settings: Receiver.Settings(networkKey: .emulated),
            source: SourceIndex(0),
            at: start
        )
        var (frames, plain, now, isOpen) = ([Frame](), 0, start, false)
        var commands: [Receiver.Command] = []
        stick.powerOn(at: now)
        receiver.attached(at: now)
        while now < start + 60 * .second {
            now = now + 5 * .millisecond
            while let frame = squad.next(before: now) { stick.hear(frame) }
            if now == start + 30 * .second {
                stick.powerOn(at: now)
                receiver.detached()
                receiver.attached(at: now)
            }
            receiver.advance(to: now)
            while isOpen, let bytes = stick.read(at: now) {
                bytes.withUnsafeBytes { bytes in
                    var found: [Frame] = []
                    let isPlain = receiver.receive(bytes, at: now) { found.append($0) }
                    frames += found
                    plain += isPlain ? 1 : 0
                    recorder.record(
                        StickTransfer(
                            source: SourceIndex(0),
                            time: now,
                            bytes: bytes,
                            frames: found,
                            isPlain: isPlain
                        )
                    )
                }
            }
            receiver.takeCommands(into: &commands)
            for command in commands {
                switch command {
                case .open, .resetDevice, .cyclePower:
                    isOpen = true
                    receiver.opened(at: now)
                case .close: isOpen = false
                case .send(let bytes): stick.write(bytes, at: now)
                case .log: break
                }
            }
            if case .listening = receiver.state {
                (stick.faults.garble, stick.faults.split, stick.faults.merge) = (0.002, 0.2, 0.2)
                stick.faults.noise = 0.05
            }
        }
        return (frames, plain)
    }

    /// How many lines of a capture are transfers.
    private static func transferLines(in path: String) async throws -> Int {
        var reader = try CaptureReader(path: path)
        var count = 0
        while let (_, event) = try reader.next() { if case .transfer = event { count += 1 } }
        return count
    }

    private func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
}

extension NetworkKey {
    /// The key of the emulated air.
    static var emulated: NetworkKey { NetworkKey(hexadecimal: Hex.text(StickEmulator.airKey))! }
}
