public import Units

/// Acceleration from speeds at 5 Hz or faster.
///
///     s_i = mean of v_(i−2) ... v_(i+2)          at an edge, of those that exist
///     a_i = (s_(i+1) − s_(i−1)) / 2Δt            at an edge, one-sided over Δt
///
/// m/s and m/s². The result for a sample comes three samples later. From one sample a second accelerations
/// cannot be told, so slower rates are refused.
///
/// - First sample: begins a stretch; its results come with the fourth.
/// - Gap: ends a stretch; what it still owes comes out, and the next sample begins a new one.
/// - Out of range: a speed outside ``Plausible/speed`` is a gap.
/// - Complexity: a ring of eight, five additions a sample.
/// - Source: section 4 of the reference notes: 13 % of the studies state their filter
///   (R. M. Delves et al., Sports Med Open 7 (2021) 40), so this is ours.
public struct AccelerationTrace: Hashable, Sendable {
    /// One sample, smoothed.
    public struct Motion: Hashable, Sendable {
        public let speed: Speed
        /// m/s²
        public let acceleration: Double
    }

    private let interval: Double
    private var speeds = [Double](repeating: 0, count: 8)
    private var count = 0

    /// Fails unless the rate is 5...100 Hz.
    public init?(rate: Double) {
        guard 5...100 ~= rate else { return nil }
        interval = 1 / rate
    }

    /// Takes the next speed and hands on what it makes known, mostly one motion.
    public mutating func add(_ speed: Speed, _ consume: (Motion) -> Void) {
        guard Plausible.speed ~= speed.value else { return interrupt(consume) }
        speeds[count % 8] = speed.value
        count += 1
        guard count >= 4 else { return }
        consume(motion(count - 4))
    }

    /// Ends the stretch and hands on the motions of its last samples.
    public mutating func interrupt(_ consume: (Motion) -> Void) {
        for index in max(0, count - 3)..<count { consume(motion(index)) }
        count = 0
    }

    private func smoothed(_ index: Int) -> Double {
        let window = max(0, index - 2)...min(count - 1, index + 2)
        return window.reduce(0) { $0 + speeds[$1 % 8] } / Double(window.count)
    }

    private func motion(_ index: Int) -> Motion {
        let (before, after) = (max(0, index - 1), min(count - 1, index + 1))
        let change = smoothed(after) - smoothed(before)
        let acceleration = after > before ? change / (Double(after - before) * interval) : 0
        return Motion(speed: Speed(smoothed(index)), acceleration: acceleration)
    }
}
