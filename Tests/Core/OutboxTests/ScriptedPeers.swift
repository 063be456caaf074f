import Outbox
import Wire

/// What is going to happen in a ``World``.
enum Happening {
    case commit
    case saveCursor
    /// News of a connection; dropped when that connection is gone.
    case answer(Outbox.Event, connection: Int)
    /// The store's answer; dropped when the process has been restarted since.
    case loaded(Outbox.Event, life: Int)
}

/// How hostile a world is, in parts per thousand; itself drawn from the seed, so that some worlds only ever
/// stall and others only ever hang up. Uniformly bad weather finds less.
struct Climate {
    var refusal = 0
    var silence = 0
    var loss = 0
    var rejection = 0
    var slowness = 0
    var echo = 0
    var hangUp = 0
    var loadFailure = 0
    var restart = 0
    var smallWindow = 0
    var commitInterval: Nanoseconds = 2 * .second
    /// Hash the trace: costs as much as everything else.
    var isTraced = false

    static let fair = Climate()

    private init() {}

    init(using random: inout SplitMix64) {
        func draw(_ maximum: Int, _ random: inout SplitMix64) -> Int {
            Bool.random(using: &random) ? Int.random(in: 0...maximum, using: &random) : 0
        }
        refusal = draw(900, &random)
        silence = draw(300, &random)
        loss = draw(100, &random)
        rejection = draw(200, &random)
        slowness = draw(500, &random)
        echo = draw(300, &random)
        hangUp = draw(30, &random)
        loadFailure = draw(500, &random)
        restart = draw(150, &random)
        smallWindow = draw(800, &random)
        commitInterval = Nanoseconds.random(in: 100 * .millisecond...10 * .second, using: &random)
    }
}

/// Committed messages, some of which stand for a withdrawn range.
struct ScriptedStore {
    private var items: [Outbox.Item] = []
    /// Everything below is committed.
    private(set) var committedBelow: Outbox.Position = 1

    mutating func commit(using random: inout SplitMix64) {
        let isWithdrawn = Int.random(in: 0..<10, using: &random) == 0
        let span = isWithdrawn ? UInt64.random(in: 1...50, using: &random) : 1
        items.append(Outbox.Item(position: committedBelow, lastPosition: committedBelow + span - 1, bytes: 1))
        committedBelow += span
    }

    func items(from position: Outbox.Position, count: Int) -> [Outbox.Item] {
        Array(items[index(from: position)...].prefix(count))
    }

    func contains(_ position: Outbox.Position) -> Bool {
        let index = index(from: position)
        return index < items.count && items[index].position == position
    }

    func isCovered(below limit: Outbox.Position, by acknowledged: Set<Outbox.Position>) -> Bool {
        // Acknowledgements are remembered for ever, so the end is enough: the rest was looked at before.
        let end = index(from: limit)
        return items[max(0, end - 50)..<end].allSatisfy { acknowledged.contains($0.position) }
    }

    /// The first message that ends at or after `position`.
    private func index(from position: Outbox.Position) -> Int {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if items[middle].lastPosition < position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// What a receiver could observe on one connection.
struct ScriptedConnection {
    private(set) var number = 0
    private(set) var isBusy = false
    var isOpen = false
    var window = 0
    private(set) var unanswered: Set<Outbox.Position> = []
    private var highest: Outbox.Position = 0
    private var mayRepeat: Set<Outbox.Position> = []

    mutating func begin() {
        number += 1
        isBusy = true
        (highest, unanswered, mayRepeat) = (0, [], [])
    }

    mutating func end() {
        number += 1
        (isBusy, isOpen, unanswered) = (false, false, [])
    }

    /// Answers whether it was due: on one connection positions rise, but for those that were refused.
    mutating func publish(_ position: Outbox.Position) -> Bool {
        unanswered.insert(position)
        if mayRepeat.remove(position) != nil { return true }
        defer { highest = max(highest, position) }
        return position > highest
    }

    mutating func answered(_ position: Outbox.Position) { unanswered.remove(position) }

    mutating func refused(_ position: Outbox.Position) {
        unanswered.remove(position)
        mayRepeat.insert(position)
    }
}
