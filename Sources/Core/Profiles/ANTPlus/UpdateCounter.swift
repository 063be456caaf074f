import Wire

/// Follows the 8-bit update count of a sensor through loss, repetition and reordering, and knows whether what
/// the sensor repeats is still true.
///
/// A step forward is believed when it agrees with the time that passed since the page before:
///
///     updates ≤ 6 + 9 · silence       the fastest sensors measure at 8 Hz; one page of slack
///     silence ≤ 25 s                  in which 9 updates a second turn the count once
///
/// Up to four updates backwards is a page that arrived late. Anything else is another start of counting: a
/// sensor that restarted, or a silence in which the truth was lost.
struct UpdateCounter: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        /// The first page, or the first after the count was lost: it only marks where counting starts.
        case started
        /// Nothing new since the page before.
        case repeated
        /// A page from before the newest one. It changes nothing.
        case late
        /// So many measurements, 1...255, since the page before.
        case updates(Int)
    }

    private let staleAfter: Nanoseconds
    private let isFirstBelieved: Bool
    private var newest: UInt8?
    private var arrival = Instant(nanoseconds: 0)
    private var lastUpdate: Instant?
    private var lateInSuccession = 0

    private static let silenceLimit = 25 * Nanoseconds.second
    private static let lateUpdatesLimit = 4
    /// After two seconds of late pages the sensor has restarted; late pages come singly.
    private static let lateLimit = 8

    /// - Parameters:
    ///   - staleAfter: How long a value is true without an update.
    ///   - isFirstBelieved: Whether the first page counts as an update. A sensor that measures several times
    ///     a second may as well show that it does.
    init(staleAfter: Nanoseconds, isFirstBelieved: Bool = false) {
        (self.staleAfter, self.isFirstBelieved) = (staleAfter, isFirstBelieved)
    }

    mutating func take(_ count: UInt8, at time: Instant) -> Step {
        let step = step(to: count, at: time)
        if step == .late {
            lateInSuccession += 1
            return step
        }
        lateInSuccession = 0
        newest = count
        arrival = time
        switch step {
        case .started: lastUpdate = isFirstBelieved ? time : nil
        case .updates: lastUpdate = time
        case .repeated, .late: break
        }
        return step
    }

    /// Whether the newest value is true at `time`.
    func isFresh(at time: Instant) -> Bool { lastUpdate.map { time - $0 <= staleAfter } ?? false }

    private func step(to count: UInt8, at time: Instant) -> Step {
        guard let newest else { return .started }
        if count == newest { return .repeated }
        let updates = Int(count &- newest)
        let silence = max(0, time - arrival)
        guard silence <= Self.silenceLimit else { return .started }
        if Double(updates) <= 6 + 9 * Double(silence) / 1e9 { return .updates(updates) }
        let isBehind = updates >= 256 - Self.lateUpdatesLimit
        return isBehind && lateInSuccession < Self.lateLimit ? .late : .started
    }
}
