/// The messages between the cursor and the store: loaded, under way, or acknowledged ahead of the cursor.
///
/// Bounded by the limit given to ``append(_:below:limit:)``, a few dozen, so that linear searches are fine.
struct DeliveryQueue: Sendable {
    private enum Progress: Sendable { case waiting, inFlight, acknowledged }

    private var entries: [(item: Outbox.Item, progress: Progress)] = []
    /// Everything below is acknowledged.
    private(set) var cursor: Outbox.Position
    /// Where the next load starts.
    private(set) var next: Outbox.Position
    private(set) var inFlightCount = 0
    private(set) var waitingCount = 0

    init(cursor: Outbox.Position) { (self.cursor, next) = (cursor, cursor) }

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    var firstWaiting: Outbox.Position? { first(.waiting) }
    var oldestInFlight: Outbox.Position? { first(.inFlight) }

    /// Takes the store's answer whole or not at all. An answer that is empty, out of order, too long or ahead
    /// of what may be delivered is refused.
    mutating func append(
        _ items: [Outbox.Item],
        below limit: Outbox.Position,
        limit countMaximum: Int
    ) -> Bool {
        guard !items.isEmpty, entries.count + items.count <= countMaximum else { return false }
        var expected = next
        var lowest: Outbox.Position = entries.last.map { $0.item.lastPosition + 1 } ?? 0
        for item in items {
            // A withdrawn range may begin before the cursor, but never ends before what is wanted.
            guard item.position >= lowest, item.position <= item.lastPosition else { return false }
            guard item.lastPosition >= expected, item.lastPosition < limit else { return false }
            expected = item.lastPosition + 1
            lowest = expected
        }
        next = expected
        waitingCount += items.count
        entries += items.map { ($0, .waiting) }
        return true
    }

    mutating func markInFlight(_ position: Outbox.Position) {
        guard let index = index(of: position, .waiting) else { return }
        entries[index].progress = .inFlight
        waitingCount -= 1
        inFlightCount += 1
    }

    /// Moves the cursor over all that is acknowledged without a gap. Answers `false` for a message that is
    /// not under way.
    mutating func acknowledge(_ position: Outbox.Position) -> Bool {
        guard let index = index(of: position, .inFlight) else { return false }
        entries[index].progress = .acknowledged
        inFlightCount -= 1
        let done = entries.prefix { $0.progress == .acknowledged }
        if let last = done.last { cursor = last.item.lastPosition + 1 }
        entries.removeFirst(done.count)
        return true
    }

    /// A message under way waits again. Answers `false` for one that is not under way.
    mutating func takeBack(_ position: Outbox.Position) -> Bool {
        guard let index = index(of: position, .inFlight) else { return false }
        entries[index].progress = .waiting
        inFlightCount -= 1
        waitingCount += 1
        return true
    }

    /// Everything under way waits again.
    mutating func takeBack() {
        for index in entries.indices where entries[index].progress == .inFlight {
            entries[index].progress = .waiting
        }
        waitingCount += inFlightCount
        inFlightCount = 0
    }

    private func first(_ progress: Progress) -> Outbox.Position? {
        entries.first { $0.progress == progress }?.item.position
    }

    private func index(of position: Outbox.Position, _ progress: Progress) -> Int? {
        entries.firstIndex { $0.item.position == position && $0.progress == progress }
    }
}
