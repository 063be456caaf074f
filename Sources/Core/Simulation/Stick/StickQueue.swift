internal import Wire

/// Frames on their way from the emulated stick to the host, in the order in which they are ready.
struct StickQueue: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        let ready: Instant
        let frame: [UInt8]
    }

    private var entries: [Entry] = []
    /// The rest of a frame that was split, and since when it is ready.
    private var rest: [UInt8] = []
    private var restReady = Instant(nanoseconds: 0)
    private var overflows = false
    private var random: SplitMix64

    init(random: SplitMix64) { self.random = random }

    var nextReady: Instant? { rest.isEmpty ? entries.first?.ready : restReady }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        (rest, overflows) = ([], false)
    }

    /// Appends a frame, or drops it when `limit` of them wait; the host is told once there is room again.
    ///
    /// - Parameters:
    ///   - frame: A whole frame.
    ///   - ready: When the host can have it. Frames overtake those that are ready later.
    ///   - limit: How many may wait.
    /// - Returns: Whether it was appended.
    mutating func append(_ frame: [UInt8], ready: Instant, limit: Int) -> Bool {
        guard entries.count < limit else {
            overflows = true
            return false
        }
        if overflows {
            overflows = false
            insert(Entry(ready: ready, frame: StickLine.frame(0x40, [0, 0x01, 53])))
        }
        insert(Entry(ready: ready, frame: frame))
        return true
    }

    private mutating func insert(_ entry: Entry) {
        var index = entries.count
        while index > 0, entries[index - 1].ready > entry.ready { index -= 1 }
        entries.insert(entry, at: index)
    }

    /// The next transfer: one frame, as a real stick sends them, unless the faults say otherwise.
    ///
    /// - Parameters:
    ///   - time: Frames ready later stay.
    ///   - faults: What happens on the way.
    ///   - spoilt: Counts bytes that changed, vanished or came from nowhere.
    /// - Returns: 1 to 64 bytes, or `nil` when nothing is ready.
    mutating func transfer(at time: Instant, _ faults: StickEmulator.Faults, spoilt: inout Int) -> [UInt8]? {
        while let ready = nextReady, ready <= time {
            var bytes = rest
            rest = []
            if bytes.isEmpty { bytes = spoil(fetch(at: time, faults.merge), faults, &spoilt) }
            // A transfer of no bytes says nothing; a stick sends none.
            guard !bytes.isEmpty else { continue }
            var end = min(bytes.count, 64)
            if end > 1, draw(faults.split) { end = 1 + random.below(end - 1) }
            (rest, restReady) = (Array(bytes[end...]), ready)
            return Array(bytes[..<end])
        }
        return nil
    }

    /// Takes the next frame, and those that share its transfer.
    private mutating func fetch(at time: Instant, _ merge: Double) -> [UInt8] {
        var bytes = entries.removeFirst().frame
        while let next = entries.first, next.ready <= time, next.frame.count + bytes.count <= 64, draw(merge)
        {
            bytes += entries.removeFirst().frame
        }
        return bytes
    }

    private mutating func spoil(
        _ bytes: [UInt8],
        _ faults: StickEmulator.Faults,
        _ spoilt: inout Int
    ) -> [UInt8] {
        var bytes = bytes
        if draw(faults.noise) {
            let noise = (0..<(1 + random.below(16))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            spoilt += noise.count
            bytes = noise + bytes
        }
        if faults.cut > 0 {
            let whole = bytes.count
            bytes = bytes.filter { _ in !random.chance(faults.cut) }
            spoilt += whole - bytes.count
        }
        if faults.garble > 0 {
            for index in bytes.indices where random.chance(faults.garble) {
                bytes[index] ^= 1 << UInt8(random.below(8))
                spoilt += 1
            }
        }
        return bytes
    }

    /// Draws nothing for a fault that is not there, so that the others repeat with or without it.
    private mutating func draw(_ probability: Double) -> Bool {
        probability > 0 && random.chance(probability)
    }
}
