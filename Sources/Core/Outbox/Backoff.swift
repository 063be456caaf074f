internal import Wire

/// Exponential back-off with full jitter: each pause is drawn evenly from 0 to a bound that doubles.
///
/// - Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
struct Backoff: Sendable {
    private let minimum, maximum: Nanoseconds
    private var bound: Nanoseconds
    private var random: SplitMix64

    init(minimum: Nanoseconds, maximum: Nanoseconds, seed: UInt64) {
        (self.minimum, self.maximum, bound) = (minimum, maximum, minimum)
        random = SplitMix64(seed: seed)
    }

    mutating func next() -> Nanoseconds {
        defer { bound = min(bound * 2, maximum) }
        return Nanoseconds.random(in: 0...bound, using: &random)
    }

    mutating func reset() { bound = minimum }
}
