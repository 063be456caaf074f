import Messages
public import Wire

/// Messages of an earlier boot that wait for a time: no better anchor will come for them.
public struct PastBoot: Hashable, Sendable {
    public var boot: BootID
    /// The times of the first and the newest of them, on the clock of that boot.
    public var first: Instant
    public var last: Instant
    /// UTC of the newest message before them that has an anchor.
    public var after: Nanoseconds?

    public init(boot: BootID, first: Instant, last: Instant, after: Nanoseconds?) {
        (self.boot, self.first, self.last, self.after) = (boot, first, last, after)
    }
}

extension PastBoot {
    /// No message is older than the program that wrote it: 2026-01-01T00:00:00Z.
    static let earliest: Nanoseconds = 1_767_225_600 * .second

    /// Works out when boots happened that nobody ever told the time.
    ///
    /// They lie between the last known time before them and the next known time after them: what an anchored
    /// boot between them says, in the end the start of the boot that runs. They keep their order and do not
    /// overlap; the time that is left over is of unknown place, so each boot is put into the middle of what
    /// is possible for it, and half of the rest is the bound of the error. Where the running boot's own time
    /// has no bound, theirs has none. Source: the contract, section 7.
    ///
    /// - Parameters:
    ///   - boots: Oldest first.
    ///   - anchor: Of the running boot.
    /// - Returns: One anchor per boot, in the order of `boots`.
    static func anchors(for boots: [PastBoot], before anchor: Anchor) -> [Anchor] {
        var anchors: [Anchor] = []
        var rest = boots[...]
        var begin = earliest
        while let first = rest.first {
            begin = max(first.after ?? earliest, begin)
            // Boots that know the same time before them share one interval.
            let group = rest.prefix { $0.after == first.after }
            rest = rest.dropFirst(group.count)
            let end = rest.first?.after ?? anchor.utc(at: Instant(nanoseconds: 0))
            anchors += spread(group, from: begin, to: end, error: anchor.error)
            begin = max(begin, end)
        }
        return anchors
    }

    private static func spread(
        _ boots: ArraySlice<PastBoot>,
        from begin: Nanoseconds,
        to end: Nanoseconds,
        error: Nanoseconds?
    ) -> [Anchor] {
        let lengths = boots.map { max(0, $0.last - $0.first) }
        let slack = max(0, end - begin - lengths.reduce(0, +))
        var start = begin + slack / 2
        return zip(boots, lengths).map { boot, length in
            defer { start += length }
            return Anchor(
                boot: boot.boot,
                at: boot.first,
                utc: start,
                error: error.map { slack / 2 + $0 },
                source: error == nil ? .assumed : .interpolated
            )
        }
    }
}

extension Engine {
    /// The store opened and holds messages of earlier boots without a time.
    public mutating func take(_ boots: [PastBoot], at time: Instant) {
        pastBoots = boots
        anchorPastBoots()
    }

    /// As soon as this boot knows the time, the earlier ones are as good as known as they will ever be.
    mutating func anchorPastBoots() {
        guard let anchor = clock.anchor, !pastBoots.isEmpty else { return }
        for past in PastBoot.anchors(for: pastBoots, before: anchor) { commands.append(.anchor(past)) }
        pastBoots = []
    }
}
