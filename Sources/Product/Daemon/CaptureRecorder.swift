import ANTStick
import CaptureFile
import Files
internal import Glibc
import Reactor
import Wire

/// Writes every frame, and every transfer that was more than frames, to a ring of compressed captures below
/// the state directory.
///
/// The reactor only gathers; once a second the gathered frames go to the storage thread, where the files are
/// written. When the disk does not keep up, a second of frames is dropped and counted: a capture must never
/// cost a row.
@Reactor
final class CaptureRecorder {
    /// Seconds of frames that may wait for the disk.
    private static let waitingMaximum = 10

    private let file: CaptureRing
    private let header: @Reactor (Instant) -> CaptureHeader
    private let journal: JournalLog
    private var events: [CaptureEvent] = []
    private var waiting = 0
    /// The writing of what was handed over; one after the other, and awaited at the end.
    private var work: Task<Void, Never>?
    private var isFailing = false
    private(set) var droppedFrames: UInt64 = 0

    init(
        directory: String,
        maximumBytes: Int64,
        header: @escaping @Reactor (Instant) -> CaptureHeader,
        thread: SerialThread,
        journal: JournalLog
    ) {
        file = CaptureRing(directory: directory, maximumBytes: maximumBytes, thread: thread)
        (self.header, self.journal) = (header, journal)
    }

    func record(_ frame: Frame) { events.append(.frame(frame)) }

    /// Records frames where they say everything, else the bytes as they came: damage, answers of the stick,
    /// parts of frames.
    func record(_ transfer: StickTransfer) {
        guard !transfer.isPlain else {
            for frame in transfer.frames { record(frame) }
            return
        }
        let (bytes, source, time) = (transfer.bytes, transfer.source, transfer.time)
        for start in stride(from: 0, to: bytes.count, by: Payload.capacity) {
            let part = bytes[start..<min(start + Payload.capacity, bytes.count)]
            guard let payload = Payload(part) else { return }
            events.append(
                .transfer(Transfer(time: time, source: source, direction: .received, payload: payload))
            )
        }
    }

    /// What the header says has changed: what comes from now on goes into another file.
    func beginAnew() {
        flush()
        Task { @Reactor in await file.close() }
    }

    /// Hands the frames of the last second over.
    func flush() {
        guard let first = events.first else { return }
        defer { events.removeAll(keepingCapacity: true) }
        guard waiting < Self.waitingMaximum else {
            droppedFrames += UInt64(events.count)
            return
        }
        waiting += 1
        let (batch, header, before) = (events, header(first.time), work)
        work = Task { @Reactor in
            await before?.value
            do throws(CaptureError) {
                try await file.append(batch, header: header)
                isFailing = false
            } catch {
                droppedFrames += UInt64(batch.count)
                if !isFailing { journal.write(.warning, "Capturing failed: \(error)", id: .captureFailed) }
                isFailing = true
            }
            waiting -= 1
        }
    }

    func close() async {
        flush()
        await work?.value
        await file.close()
    }
}

/// The files of the ring: `capture-<number>.ndjson.zst`, the oldest deleted when the ring is full.
actor CaptureRing {
    private nonisolated let thread: SerialThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// So many files share the ring: deleting the oldest costs an eighth of it.
    private static let fileCount: Int64 = 8

    private let directory: String
    private let maximumBytes: Int64
    private var writer: CaptureWriter?
    /// The sources that the file's header names.
    private var sources = SourceTable()
    private var number: UInt64 = 0

    init(directory: String, maximumBytes: Int64, thread: SerialThread) {
        (self.directory, self.maximumBytes, self.thread) = (directory, maximumBytes, thread)
    }

    func append(_ events: [CaptureEvent], header: CaptureHeader) throws(CaptureError) {
        // A file can tell only of the sources in its first line: another stick needs another file.
        if header.sources != sources { close() }
        if writer == nil { try begin(header) }
        do throws(CaptureError) {
            for event in events { try writer?.write(event) }
            try writer?.flush()
        } catch {
            writer = nil  // The next second begins another file.
            throw error
        }
        if size(of: path(number)) > maximumBytes / Self.fileCount { close() }
    }

    func close() {
        // A capture that cannot be ended properly still reads up to its last flush.
        try? writer?.close()
        writer = nil
    }

    private func begin(_ header: CaptureHeader) throws(CaptureError) {
        mkdir(directory, 0o750)
        var numbers = self.numbers.sorted()
        var total = numbers.reduce(0) { $0 + size(of: path($1)) }
        while total > maximumBytes - maximumBytes / Self.fileCount, !numbers.isEmpty {
            let oldest = numbers.removeFirst()
            total -= size(of: path(oldest))
            unlink(path(oldest))
        }
        number = (numbers.last ?? 0) + 1
        writer = try CaptureWriter(path: path(number), header: header)
        sources = header.sources
    }

    private func path(_ number: UInt64) -> String { "\(directory)/capture-\(number).ndjson.zst" }

    /// The numbers of the files that are there; none while the directory cannot be read.
    private var numbers: [UInt64] {
        let names = (try? Directory.names(in: directory)) ?? []
        return names.filter { $0.hasPrefix("capture-") && $0.hasSuffix(".ndjson.zst") }.compactMap { name in
            UInt64(name.dropFirst("capture-".count).dropLast(".ndjson.zst".count))
        }
    }

    private func size(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
