public import Units
public import Wire

/// How far the heart rate falls within 60 s of the end of an effort.
///
///     HRR60 = mean of the last 5 samples up to the end − mean of the last 5 samples up to 60 s later
///
/// In beat/min. One drop says little (typical error about 20 %): compare efforts of the same kind with the
/// athlete's own median. The clinical bound of 12 beats is no threshold of training.
///
/// - First sample: an effort that ends before five samples came is not judged.
/// - Gap: an effort is judged only when the five samples at each end lie within 10 s.
/// - Out of range: a rate outside ``Plausible/heartRate`` is no sample.
/// - Complexity: a ring of five, no allocation.
/// - Source: L. Bosquet, S. Gamelin, S. Berthoin, Int J Sports Med 29 (2008) 238 (reliability);
///   C. R. Cole et al., N Engl J Med 341 (1999) 1351 (the clinical bound).
public struct HeartRateRecovery: Sendable {
    /// What one effort told.
    public struct Drop: Hashable, Sendable {
        public let ended: Instant
        /// At the end of the effort.
        public let start: HeartRate
        /// 60 s later. Of the two numbers the more reliable one.
        public let later: HeartRate
        /// Negative when the rate rose.
        public var drop: HeartRate { start - later }

        public init(ended: Instant, start: HeartRate, later: HeartRate) {
            (self.ended, self.start, self.later) = (ended, start, later)
        }
    }

    private static let count = 5
    private static let delay = 60 * Nanoseconds.second
    private static let span = 10 * Nanoseconds.second

    private var rates = [Double](repeating: 0, count: count)
    private var times = [Instant](repeating: Instant(nanoseconds: 0), count: count)
    private var filled = 0
    private var next = 0
    private var pending: (ended: Instant, start: HeartRate)?

    public init() {}

    /// Takes the rate of a moment, and answers the recovery that this moment completes.
    ///
    /// - Parameters:
    ///   - rate: The heart rate.
    ///   - time: When it was measured. Not before that of the sample before.
    /// - Returns: The drop, once per effort.
    public mutating func add(_ rate: HeartRate, at time: Instant) -> Drop? {
        let drop = judge(at: time)
        guard Plausible.heartRate ~= rate.value else { return drop }
        rates[next] = rate.value
        times[next] = time
        next = (next + 1) % Self.count
        filled = min(filled + 1, Self.count)
        guard drop == nil, let pending, time - pending.ended == Self.delay else { return drop }
        self.pending = nil
        return mean(at: time).map { Drop(ended: pending.ended, start: pending.start, later: $0) }
    }

    /// An effort ends with the last sample added. One that is still awaited is given up.
    public mutating func endEffort(at time: Instant) {
        pending = mean(at: time).map { (time, $0) }
    }

    /// A sample beyond the 60 s completes the effort with the samples before it.
    private mutating func judge(at time: Instant) -> Drop? {
        guard let effort = pending, time - effort.ended > Self.delay else { return nil }
        pending = nil
        return mean(at: effort.ended + Self.delay).map {
            Drop(ended: effort.ended, start: effort.start, later: $0)
        }
    }

    private func mean(at time: Instant) -> HeartRate? {
        guard filled == Self.count, times.allSatisfy({ 0...Self.span ~= time - $0 }) else { return nil }
        return HeartRate(rates.reduce(0, +) / Double(Self.count))
    }
}
