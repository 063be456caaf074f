internal import Wire

/// The clock of one sensor: a little fast or slow, and started at some other moment.
struct Crystal: Hashable, Sendable {
    /// How much faster than true time, as a share.
    let skew: Double
    /// True time at which the clock showed `offset`.
    private let origin: Instant
    /// Seconds.
    private let offset: Double

    /// The spread is 20 ppm, as crystals of such sensors have it.
    init(origin: Instant, using random: inout SplitMix64) {
        skew = random.normal() * 20e-6
        offset = random.uniform(0...600)
        self.origin = origin
    }

    /// Seconds on this clock.
    func seconds(at time: Instant) -> Double { offset + Double(time - origin) / 1e9 * (1 + skew) }

    func ticks(at time: Instant, perSecond rate: Double) -> UInt64 {
        UInt64(max(0, seconds(at: time) * rate))
    }

    /// How long `seconds` of this clock truly are.
    func nanoseconds(_ seconds: Double) -> Nanoseconds { Nanoseconds((seconds / (1 + skew) * 1e9).rounded()) }
}
