/// The newest intervals between beats of one source, for the change to another.
///
/// Two radios of one strap tell the same beats, one of them up to some seconds later than the other. So
/// when one falls silent and the other takes over, the other may tell beats anew that were told already, or
/// may have told some, not believed then, that the first never did. Where the newest intervals of both lie
/// over each other shows which. A fixed-size value; 32 beats are more than the time of a change-over.
struct RecentBeats: Hashable, Sendable {
    static let capacity = 32
    /// So many must agree. Chosen: they are looked for among a few places only, and a wrong place costs some
    /// beats, not an athlete.
    private static let agreeingMinimum = 7
    static let enough = 12
    /// Each radio rounds to a tick twice.
    private static let tolerance = 2

    /// 1/1024 s at the number of the beat modulo the capacity; 0 where beats are missing.
    private var intervals = SIMD32<UInt16>()
    private(set) var end = 0

    private subscript(number: Int) -> Int { Int(intervals[number % Self.capacity]) }
    private var start: Int { max(0, end - Self.capacity) }

    /// The newest interval, 1/1024 s; 0 when there is none.
    var last: UInt16 { end > 0 ? intervals[(end - 1) % Self.capacity] : 0 }

    mutating func append(_ interval: UInt16) {
        intervals[end % Self.capacity] = interval
        end += 1
    }

    mutating func markGap() { if last > 0 { append(0) } }

    /// The `number`th newest interval, 0 is the newest; at most ``capacity`` − 1.
    func newest(_ number: Int) -> UInt16 { intervals[(end - 1 - number) % Self.capacity] }

    /// How many of these beats came after the newest one that `other` has: negative when they end before it.
    /// `nil` when the two do not lie over each other. Of several ways the one in which most agree, up to
    /// ``enough``, and of those the one in which they agree best.
    ///
    /// - Parameters:
    ///   - other: The beats of the other source.
    ///   - limit: The two end at most so far from each other, 1/1024 s.
    /// - Returns: How many beats this one is ahead.
    func lead(over other: RecentBeats, limit: Int) -> Int? {
        var best: (agreeing: Int, deviation: Int, lead: Int)?
        for lead in (1 - Self.capacity)..<Self.capacity {
            let ahead = lead > 0 ? sum(ofNewest: lead) : other.sum(ofNewest: -lead)
            guard ahead <= limit else { continue }
            let (agreeing, deviation) = compare(with: other, lead: lead)
            guard agreeing >= Self.agreeingMinimum else { continue }
            if let best, (best.agreeing, -best.deviation) >= (agreeing, -deviation) { continue }
            best = (agreeing, deviation, lead)
        }
        return best?.lead
    }

    private func sum(ofNewest count: Int) -> Int {
        (max(start, end - count)..<end).reduce(0) { $0 + self[$1] }
    }

    /// Intervals that agree, from the newest that both have backwards, their sum within a rounding all along.
    private func compare(with other: RecentBeats, lead: Int) -> (agreeing: Int, deviation: Int) {
        var own = end - 1 - max(0, lead)
        var its = other.end - 1 - max(0, -lead) - (other.last == 0 ? 1 : 0)
        var (count, sum, deviation) = (0, 0, 0)
        while count < Self.enough, own >= start, its >= other.start, self[own] > 0, other[its] > 0 {
            sum += self[own] - other[its]
            guard abs(sum) <= Self.tolerance else { break }
            (count, own, its, deviation) = (count + 1, own - 1, its - 1, deviation + abs(sum))
        }
        return (count, deviation)
    }
}
