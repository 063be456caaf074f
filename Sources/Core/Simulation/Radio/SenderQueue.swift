internal import Wire

/// Who sends next: a binary heap of one entry for each sender. Ties go to the lower number.
struct SenderQueue: Sendable {
    struct Entry: Hashable, Sendable {
        var time: Instant
        var sender: Int

        static func precedes(_ lhs: Entry, _ rhs: Entry) -> Bool {
            lhs.time == rhs.time ? lhs.sender < rhs.sender : lhs.time < rhs.time
        }
    }

    private var heap: [Entry] = []

    /// The next one.
    ///
    /// - Precondition: There are senders.
    var first: Entry { heap[0] }

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0, Entry.precedes(heap[index], heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Puts the first one back in line.
    mutating func rescheduleFirst(at time: Instant) {
        heap[0].time = time
        var index = 0
        while true {
            var smallest = index
            for child in (2 * index + 1)..<(2 * index + 3) where child < heap.count {
                if Entry.precedes(heap[child], heap[smallest]) { smallest = child }
            }
            guard smallest != index else { return }
            heap.swapAt(index, smallest)
            index = smallest
        }
    }
}

/// Frames on their way to the host that others may overtake. Few at a time, so the next one is searched for.
struct DelayLine: Sendable {
    private var frames: [Frame] = []
    /// When the next frame arrives; the largest instant when none is under way.
    private(set) var next = Instant(nanoseconds: .max)

    var count: Int { frames.count }

    init(capacity: Int) { frames.reserveCapacity(capacity) }

    mutating func insert(_ frame: Frame) {
        frames.append(frame)
        next = min(next, frame.time)
    }

    /// Takes out the frame that arrives next.
    ///
    /// - Precondition: There is one.
    mutating func removeNext() -> Frame {
        let index = frames.firstIndex { $0.time == next }!  // `next` is the time of one of them.
        let frame = frames.remove(at: index)
        next = frames.reduce(Instant(nanoseconds: .max)) { min($0, $1.time) }
        return frame
    }
}
