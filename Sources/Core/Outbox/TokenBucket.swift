internal import Wire

/// Limits a rate and lets a burst pass.
///
/// Kept as the time at which the bucket will be full again (the generic cell rate algorithm of ITU-T I.371),
/// so that no counter has to be refilled.
struct TokenBucket: Sendable {
    private let interval, depth: Nanoseconds
    private var full: Instant

    init(perSecond rate: Int, burst: Int, now: Instant) {
        interval = max(1, .second / Nanoseconds(rate))
        depth = interval * Nanoseconds(burst)
        full = now
    }

    /// When the next token is, or was, there.
    var nextToken: Instant { full + interval - depth }

    mutating func take(now: Instant) -> Bool {
        guard now >= nextToken else { return false }
        full = max(full, now) + interval
        return true
    }
}
