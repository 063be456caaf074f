import Outbox
import Wire

/// What is going to happen in a ``GatewayWorld``.
enum Happening {
    case start, crash, stop, reload, step
    /// The patience of a process that stops is over.
    case stopped(life: Int)
    case sample(life: Int)
    case store(StoreTask, life: Int)
    /// News of a connection; dropped when that connection is gone.
    case broker(Outbox.Event, connection: Int)
}

/// What will happen, and when, ties in the order of scheduling.
struct Agenda {
    /// Latest first, so that the next one is taken from the end.
    private var entries: [(at: Instant, event: Happening)] = []

    var next: Instant? { entries.last?.at }

    mutating func insert(_ event: Happening, at time: Instant) {
        var index = entries.endIndex
        while index > 0, entries[index - 1].at <= time { index -= 1 }
        entries.insert((time, event), at: index)
    }

    mutating func popFirst(at time: Instant) -> Happening? {
        guard let last = entries.last, last.at <= time else { return nil }
        entries.removeLast()
        return last.event
    }

    /// Takes out what `isWanted` picks, soonest first.
    @discardableResult
    mutating func remove(_ isWanted: (Happening) -> Bool) -> [Happening] {
        let removed = entries.reversed().map(\.event).filter(isWanted)
        entries.removeAll { isWanted($0.event) }
        return removed
    }
}
