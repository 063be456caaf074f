public import Wire

/// How far the variability of a window can be trusted, by the share of artefacts in it.
///
/// - Source: B. Rogers and T. Gronwald, Front. Physiol. 13 (2022): below 3 % the bias of DFA is negligible,
///   up to 6 % small; 5 % is the common limit of apps.
public enum RRQuality: Hashable, Sendable {
    /// At most 3 % artefacts.
    case good
    /// At most 5 %.
    case usable
    /// At most 10 %: the rate holds, the variability does not.
    case rateOnly
    /// More, or too few beats.
    case none
}

/// The beats of the last `length` seconds and their statistics.
///
/// A beat belongs to the window while `now − length < end of the beat ≤ now`. A pair counts while both of its
/// beats are in the window, are clean and followed each other without a gap. No beat is invented: after a
/// gap the window simply has fewer.
///
/// RMSSD wants 30 s at least, 60 s are usual. SDNN depends on the length; never compare 60 s with 5 min.
///
/// - Complexity: amortised O(1) for each beat, no allocation. Memory for 250 beats a minute.
public struct RRWindow: Sendable {
    private struct Beat: Sendable {
        var interval: RRInterval
        var end: Nanoseconds
        var isClean: Bool
        /// Forms a pair with the beat before it.
        var isPair: Bool
    }

    /// The fewest clean beats that statistics are shown for.
    public static let fewestBeats = 20

    public let length: Nanoseconds
    /// Of the clean beats.
    public private(set) var statistics = RRStatistics()
    private var beats: Ring<Beat>
    private var artefacts = 0
    private var followsGap = true

    /// - Precondition: `length` is 1...3600 s.
    public init(length: Nanoseconds = 60 * .second) {
        precondition((1 * .second...1 * .hour).contains(length))
        self.length = length
        let filler = Beat(interval: RRInterval(ticks: 1024)!, end: 0, isClean: false, isPair: false)
        beats = Ring(capacity: Int(length / .second) * 250 / 60 + 8, filler: filler)
    }

    /// Adds the next beat and forgets those that are `length` older.
    ///
    /// - Parameters:
    ///   - interval: The time from the beat before to this one.
    ///   - end: When this beat was, on any clock that only goes forward.
    ///   - isClean: What the artefact gate says.
    /// - Returns: `false`, and no change, when the beat is older than the newest one.
    @discardableResult
    public mutating func add(_ interval: RRInterval, endingAt end: Nanoseconds, isClean: Bool = true) -> Bool
    {
        if let last = beats.last, end < last.end { return false }
        advance(to: end)
        if beats.isFull { removeFirst() }
        let before = beats.last
        let isPair = isClean && !followsGap && before?.isClean == true
        if let before, isPair { statistics.addPair(before.interval, interval) }
        if isClean { statistics.add(interval) } else { artefacts += 1 }
        beats.append(Beat(interval: interval, end: end, isClean: isClean, isPair: isPair))
        followsGap = false
        return true
    }

    /// Beats are missing before the next one: it forms no pair.
    public mutating func markGap() { followsGap = true }

    /// Forgets the beats that are out of the window at `now`.
    public mutating func advance(to now: Nanoseconds) {
        while let first = beats.first, first.end <= now - length { removeFirst() }
    }

    private mutating func removeFirst() {
        let first = beats[0]
        if first.isClean { statistics.remove(first.interval) } else { artefacts -= 1 }
        beats.removeFirst()
        if beats.count > 0, beats[0].isPair {
            statistics.removePair(first.interval, beats[0].interval)
            beats[0].isPair = false
        }
    }

    /// All beats of the window, artefacts too.
    public var beatCount: Int { beats.count }

    /// %, of all beats; `nil` without any.
    public var artefactShare: Double? {
        beats.count > 0 ? 100 * Double(artefacts) / Double(beats.count) : nil
    }

    public var quality: RRQuality {
        guard statistics.beats >= Self.fewestBeats, let artefactShare else { return .none }
        switch artefactShare {
        case ...3: return .good
        case ...5: return .usable
        case ...10: return .rateOnly
        default: return .none
        }
    }

    /// Calls `body` with each clean interval and the time of its beat, oldest first.
    func forEachClean(_ body: (RRInterval, Nanoseconds) -> Void) {
        for index in 0..<beats.count where beats[index].isClean {
            body(beats[index].interval, beats[index].end)
        }
    }
}
