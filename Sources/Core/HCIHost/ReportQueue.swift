/// Reports that wait for a daemon that is slow. When it is full, the oldest one goes: what was measured last
/// counts most.
public struct ReportQueue: Sendable {
    /// Chosen: a second of 100 straps at 10 Hz; some 300 kB.
    public static let capacity = 1_024

    private let capacity: Int
    private var reports: [RelayPacket.Report] = []
    /// Where the oldest is.
    private var start = 0
    public private(set) var count = 0
    /// Those that went unsent, since the queue was made.
    public private(set) var dropped: UInt64 = 0

    /// - Parameter capacity: 1 or more.
    public init(capacity: Int = Self.capacity) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    public var isEmpty: Bool { count == 0 }
    public var first: RelayPacket.Report? { isEmpty ? nil : reports[start] }

    public mutating func append(_ report: RelayPacket.Report) {
        if count == capacity {
            removeFirst()
            dropped += 1
        }
        let place = (start + count) % capacity
        // Grows with the first round and never after it.
        if place == reports.count { reports.append(report) } else { reports[place] = report }
        count += 1
    }

    public mutating func removeFirst() {
        guard !isEmpty else { return }
        start = (start + 1) % capacity
        count -= 1
    }
}
