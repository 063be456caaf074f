import CaptureFile
import Engine
internal import Glibc
import Messages
import Store
import Wire

/// Runs a capture through the engine in the capture's own time, with a store that always takes what comes.
///
/// Everything follows from the capture alone: gateway, boot, grid and time from its header, ids from a hash.
/// So the same capture gives the same messages.
struct Replayer {
    private var engine: Engine
    private let boot: BootID
    private var anchor: Anchor
    private var identity: StreamIdentity
    private var writer = MessageWriter()
    private var commands: [Engine.Command] = []
    private var store: Store?
    private var next: UInt64 = 1

    /// Lines that could not be read; known at the end.
    private(set) var skipped: SkippedLines?
    private(set) var messageCount = 0
    /// What the capture spans, and what running it took, in nanoseconds.
    private(set) var span: Nanoseconds = 0
    private(set) var elapsed: Nanoseconds = 0
    var counters: Engine.Counters { engine.counters }

    init(header: CaptureHeader, roster: [Wearer]?) {
        let realtime = header.realtime ?? 0
        boot = header.boot
        anchor = Anchor(
            boot: header.boot,
            at: header.time,
            utc: realtime,
            error: nil,
            source: header.clock == .synced ? .kernel : .assumed
        )
        let seed = Self.hash(header.gateway, header.time)
        var random = SplitMix64(seed: seed)
        identity = StreamIdentity(stream: UUID.random(using: &random), gateway: header.gateway)

        let wearers =
            roster
            ?? header.roster.map { athlete in
                Wearer(athlete: athlete.id, sensors: athlete.sensors.compactMap { SensorID($0) })
            }
        var settings = Engine.Settings(gateway: header.gateway, boot: header.boot)
        settings.autoAthletes = wearers.isEmpty
        settings.trust = []
        settings.sensors = header.settings
        settings.seed = seed
        // The grid lies on whole seconds of the header's clock.
        let into = (realtime % .second + .second) % .second
        engine = Engine(settings: settings, start: header.time - into)
        engine.adopt(anchor)
        engine.adopt(wearers, at: header.time)
    }

    /// FNV-1a over gateway and time: where ids come from that the replay must make.
    private static func hash(_ gateway: String, _ time: Instant) -> UInt64 {
        let bytes =
            Array(gateway.utf8) + (0..<8).map { UInt8(truncatingIfNeeded: time.nanoseconds >> (8 * $0)) }
        return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Keeps the messages in a real store, too; they then have its stream and numbers.
    mutating func open(store directory: String) async throws {
        let options = StoreOptions(
            gateway: identity.gateway,
            machine: String(repeating: "0", count: 32),
            boot: boot
        )
        let store = Store(directory: directory, options: options)
        do throws(StoreError) {
            let opening = try await store.open(uplinks: [])
            next = opening.next
        } catch {
            throw CommandFailure("\(error)")
        }
        self.store = store
    }

    mutating func run(
        _ reader: consuming CaptureReader,
        speed: Double?,
        into file: MessageFile
    ) async throws {
        var reader = reader
        let begin = Replayer.monotonic
        let first = reader.header.time
        var last = first
        while let (_, event) = try reader.next() {
            if let speed { pace(until: begin + Self.realTime(event.time - first, speed: speed)) }
            take(event)
            last = max(last, event.time)
            if !engine.commands.isEmpty { try await carryOut(into: file, at: last) }
        }
        engine.advance(to: last + .second)
        try await carryOut(into: file, at: last)
        engine.flush(at: last + .second)
        try await carryOut(into: file, at: last)
        skipped = reader.skipped
        (span, elapsed) = (last - first, Replayer.monotonic - begin)
        await store?.close()
    }

    private mutating func take(_ event: CaptureEvent) {
        switch event {
        case .frame(let frame):
            engine.endTransfers(of: frame.source)
            engine.take(frame)
        case .transfer(let transfer):
            guard transfer.direction == .received else { return }
            engine.take(transfer: transfer.payload, from: transfer.source, at: transfer.time)
        case .control(let control, let time): take(control, at: time)
        case .reading: break  // Readings of clients need the local API, which this version does not have.
        }
    }

    private mutating func take(_ control: Control, at time: Instant) {
        switch control {
        case .sessionStart(let id): engine.startSession(id: id, type: "training", name: "", at: time)
        case .sessionMark(_, let label): engine.markSession(label ?? "", at: time)
        case .sessionStop: engine.stopSession(at: time)
        case .assign(let sensor, let athlete, nil, nil):
            guard let sensor = SensorID(sensor), let athlete else { return }
            engine.assign(sensor, toAthlete: athlete, at: time)
        case .assign: break  // A past interval is moved where rows are read, not here.
        case .clock(let utc, let error, let source):
            engine.adopt(Anchor(boot: boot, at: time, utc: utc, error: error, source: source))
        }
    }

    private mutating func carryOut(into file: MessageFile, at time: Instant) async throws {
        while !engine.commands.isEmpty {
            engine.takeCommands(into: &commands)
            for index in commands.indices {
                guard case .commit(let request) = commands[index] else { continue }
                try await commit(request, into: file)
                engine.committed(CommitReceipt(deliverableBelow: next), at: time)
            }
        }
    }

    private mutating func commit(_ request: CommitRequest, into file: MessageFile) async throws {
        for message in try await stored(request) {
            try file.write(try writer.write(message))
            messageCount += 1
        }
    }

    /// The messages of a commit with their numbers: those of the store, where there is one.
    private mutating func stored(_ request: CommitRequest) async throws -> [StoredMessage] {
        guard let store else {
            return request.drafts.map { draft in
                defer { next += 1 }
                return StoredMessage(
                    position: next,
                    lastPosition: next,
                    identity: identity,
                    seq: next,
                    kind: draft.kind,
                    boot: boot,
                    time: draft.time,
                    body: draft.body,
                    anchor: request.anchor
                )
            }
        }
        do throws(StoreError) {
            let receipt = try await store.commit(
                request.drafts,
                cursors: [:],
                anchor: request.anchor,
                nowUTC: nil
            )
            next = receipt.next
            return try await store.load(from: receipt.first, count: request.drafts.count, bytes: .max)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// How long a span of the capture takes; a year at most, whatever times a capture claims.
    static func realTime(_ span: Nanoseconds, speed: Double) -> Nanoseconds {
        Nanoseconds(min(max(Double(span) / speed, 0), 365 * 24 * 3600e9))
    }

    private func pace(until time: Int64) {
        let wait = time - Replayer.monotonic
        guard wait > 0 else { return }
        var rest = timespec(tv_sec: Int(wait / .second), tv_nsec: Int(wait % .second))
        nanosleep(&rest, nil)
    }

    private static var monotonic: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * .second + Int64(time.tv_nsec)
    }
}
