import Messages
import Wire

/// The broker and what it has received, and what can be seen of the connection to it.
struct ScriptedBroker {
    /// Identifies the connection or the attempt; news of another one is dropped.
    private(set) var number = 0
    private(set) var isBusy = false
    var isOpen = false
    /// Open in name only: nothing arrives any more.
    var isStalled = false
    var window = 0
    private(set) var unanswered: Set<UInt64> = []
    private var highest: UInt64 = 0
    private var mayRepeat: Set<UInt64> = []

    /// A fingerprint of the bytes by position.
    private var received: [UInt64: UInt64] = [:]
    /// Positions that were ever refused: these alone may arrive late.
    private var refusedOnce: Set<UInt64> = []
    private var newestArrival: UInt64 = 0
    private var acknowledged: Set<UInt64> = []
    /// Everything below was acknowledged to the gateway.
    private(set) var acknowledgedBelow: UInt64 = 1

    var receivedCount: Int { received.count }

    mutating func begin() {
        number += 1
        (isBusy, isStalled) = (true, false)
        (highest, unanswered, mayRepeat) = (0, [], [])
    }

    mutating func end() {
        number += 1
        (isBusy, isOpen, unanswered) = (false, false, [])
    }

    /// Answers whether it was due: on one connection positions rise, but for those that were refused.
    mutating func send(_ position: UInt64) -> Bool {
        unanswered.insert(position)
        if mayRepeat.remove(position) != nil { return true }
        defer { highest = max(highest, position) }
        return position > highest
    }

    /// Takes a message in. Answers what is wrong with it, or `nil`.
    mutating func receive(_ position: UInt64, fingerprint: UInt64) -> StaticString? {
        if let before = received[position] {
            return before == fingerprint ? nil : "resent with other bytes"
        }
        received[position] = fingerprint
        defer { newestArrival = max(newestArrival, position) }
        let isLate = position < newestArrival && !refusedOnce.contains(position)
        return isLate ? "arrived for the first time behind a newer one" : nil
    }

    mutating func tellAcknowledged(_ position: UInt64) {
        unanswered.remove(position)
        acknowledged.insert(position)
        while acknowledged.remove(acknowledgedBelow) != nil { acknowledgedBelow += 1 }
    }

    mutating func tellRefused(_ position: UInt64) {
        unanswered.remove(position)
        mayRepeat.insert(position)
    }

    mutating func refuse(_ position: UInt64) { refusedOnce.insert(position) }
}
