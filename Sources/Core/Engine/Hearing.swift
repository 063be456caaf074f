import Wire

/// Tells apart, for the messages of one channel, what is new, what was heard before and what comes too late.
///
/// Several radios hear one broadcast, and a radio may deliver it twice. Sensors repeat pages, too, until they
/// have something else to say, and each repeat is a message of its own. So a message is a copy when the same
/// bytes were received less than half a channel period apart. What is older than the newest message and no
/// copy was heard only by a radio that stalled: it counts as received, but what it says is outdated, and
/// counters must not run backwards.
///
/// Without trusted stamps a stall cannot be seen. Then bytes that were followed by others within the last
/// 1.2 s, and that this radio has not delivered yet, count as a copy, too: a sensor that really returns to
/// them so soon is counted once too little, and nothing is decoded twice.
struct Hearing: Hashable, Sendable {
    enum Verdict: Hashable {
        case new
        /// From before the newest message.
        case late
        /// `isFirst`: the first copy that this radio delivers.
        case copy(isFirst: Bool)
    }

    /// So many messages are remembered: two seconds of a sensor that sends four a second.
    private static let capacity = 8
    private static let stall = 1_200 * Nanoseconds.millisecond

    private var times = SIMD8<Int64>()
    private var digests = SIMD8<UInt64>()
    /// The radios that delivered each, a bit for a source.
    private var radios = SIMD8<UInt8>()
    private var count = 0
    private var next = 0
    private var newest = 0

    /// Looks at a message and remembers it.
    ///
    /// - Parameters:
    ///   - digest: Of its bytes.
    ///   - time: When the radio received it.
    ///   - isExact: Whether that is known by the radio's own clock.
    ///   - source: Of the radio.
    ///   - window: The same bytes less than this apart are one message.
    /// - Returns: What the message is.
    mutating func judge(
        _ digest: UInt64,
        at time: Instant,
        isExact: Bool,
        source: SourceIndex,
        window: Nanoseconds
    ) -> Verdict {
        let bit: UInt8 = source.rawValue < 8 ? 1 << source.rawValue : 0
        for index in 0..<count where digests[index] == digest {
            let apart = abs(time.nanoseconds - times[index])
            let isOutdated = !isExact && digests[newest] != digest && radios[index] & bit == 0
            guard apart < window || isOutdated && apart < Self.stall else { continue }
            let isFirst = radios[index] & bit == 0
            radios[index] |= bit
            return .copy(isFirst: isFirst)
        }
        let isLate = count > 0 && time.nanoseconds <= times[newest] - window
        (times[next], digests[next], radios[next]) = (time.nanoseconds, digest, bit)
        if !isLate { newest = next }
        // The newest is never overwritten by what came before it.
        repeat { next = (next + 1) % Self.capacity } while next == newest
        count = min(count + 1, Self.capacity)
        return isLate ? .late : .new
    }
}

extension Payload {
    /// The bytes of an ANT page as they are; of anything longer a hash of 64 bits (FNV-1a), by which two
    /// values of one channel within seconds do not meet by chance.
    var digest: UInt64 {
        packed
            ?? withBytes { bytes in
                bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            }
    }
}
