public import Wire

/// How many messages of a channel arrived, against how many were sent.
///
/// A sensor sends once a channel period, or once in 2, 4 or 8 of them if its maker chose to save battery.
/// What was sent follows from the time between the first and the newest message and that period; no clock of
/// the sensor is needed, because crystals that are 50 ppm off miscount one message in 20,000.
///
/// - A silence of more than 5 s is a gap. It counts as lost: two sensors whose messages drift through each
///   other silence each other for 5 to 60 s, and that is the radio's doing.
/// - A silence of more than 60 s is an absence: the sensor was off or out of reach. It counts as nothing, and
///   so does a silence that has not ended, so a sensor that leaves does not count as lost for ever.
///
/// - Source: the project's gateway reference, section 4.1, for the lengths.
public struct Reception: Hashable, Sendable {
    public static let gapMinimum = 5 * Nanoseconds.second
    public static let gapMaximum = 60 * Nanoseconds.second
    /// Radios beyond so many are counted together only.
    public static let radiosMaximum = 8

    /// Messages that arrived, each counted once, whoever heard it.
    public private(set) var received: UInt64 = 0
    /// What arrived once more.
    public private(set) var copies: UInt64 = 0
    /// Messages that came after a newer one, part of `received`.
    public private(set) var late: UInt64 = 0
    public private(set) var gaps: UInt32 = 0
    public private(set) var longestGap: Nanoseconds = 0
    public private(set) var absences: UInt32 = 0
    /// Channel periods from one message of the sensor to the next: 1, 2, 4 or 8.
    public private(set) var multiple: Int64 = 1

    /// By source index.
    private var heard = SIMD8<UInt32>()
    /// Of the channel; 0 when no rate is known.
    private let period: Nanoseconds
    /// Between messages that follow each other without an absence, since the rate is as it is.
    private var elapsed: Nanoseconds = 0
    /// Stretches without an absence: each has one message more than periods.
    private var stretches: UInt64 = 0
    /// What was expected when the sensor had another rate.
    private var expectedBefore: UInt64 = 0
    private var newest: Instant?
    private var learning: Learning?
    private var hasLearned = false

    /// Silences in channel periods, and how many of them are multiples of 2, 4 and 8.
    private struct Learning: Hashable, Sendable {
        static let sampleSize = 16
        var count = 0
        var multiples = SIMD4<Int32>()

        mutating func take(_ periods: Int64) {
            count += 1
            for index in 0..<3 where periods % (2 << Int64(index)) == 0 { multiples[index] += 1 }
        }

        /// The largest multiple of which nine in ten silences are multiples. Loss alone makes no more than
        /// half of them even.
        var multiple: Int64 {
            let common = (0..<3).last { Int(multiples[$0]) * 10 >= count * 9 }
            return common.map { 2 << Int64($0) } ?? 1
        }
    }

    /// - Parameters:
    ///   - rate: Messages a second at most, 0 when unknown.
    ///   - learnsMultiple: Whether the sensor may send less often.
    init(rate: Double, learnsMultiple: Bool) {
        period = rate > 0 ? Nanoseconds(1e9 / rate) : 0
        learning = learnsMultiple && rate > 0 ? Learning() : nil
    }

    /// Messages that the sensor sent while it was there; 0 when no rate is known.
    public var expected: UInt64 {
        guard period > 0 else { return 0 }
        let interval = period * multiple
        return expectedBefore + stretches + UInt64(max(0, elapsed + interval / 2) / interval)
    }

    /// Messages that nobody heard.
    public var lost: UInt64 { expected - min(expected, received) }

    /// The share of the messages that nobody heard, 0...1; 0 when no rate is known.
    public var lossShare: Double { expected > 0 ? Double(lost) / Double(expected) : 0 }

    /// Messages a second that the sensor sends; 0 when unknown.
    public var rate: Double { period > 0 ? 1e9 / Double(period * multiple) : 0 }

    /// How many of the messages a radio heard.
    public func received(by source: SourceIndex) -> UInt64 {
        source.rawValue < UInt8(Self.radiosMaximum) ? UInt64(heard[Int(source.rawValue)]) : 0
    }

    /// A message was received at `time`; a late one moves nothing but the count.
    mutating func take(from source: SourceIndex, at time: Instant, isLate: Bool) {
        received += 1
        count(source)
        guard !isLate else {
            late += 1
            return
        }
        defer { newest = max(newest ?? time, time) }
        guard let newest else {
            stretches = 1
            return
        }
        let silence = max(0, time - newest)
        guard silence <= Self.gapMaximum else {
            absences += 1
            stretches += 1
            return
        }
        elapsed += silence
        if silence > Self.gapMinimum {
            gaps += 1
            longestGap = max(longestGap, silence)
        }
        if learning != nil { learn(silence) }
    }

    /// The same message arrived once more; `isFirst`: for the first time from this radio.
    mutating func takeCopy(from source: SourceIndex, isFirst: Bool) {
        copies += 1
        if isFirst { count(source) }
    }

    private mutating func count(_ source: SourceIndex) {
        if source.rawValue < UInt8(Self.radiosMaximum) { heard[Int(source.rawValue)] += 1 }
    }

    private mutating func learn(_ silence: Nanoseconds) {
        let periods = (silence + period / 2) / period
        guard periods > 0 else { return }
        learning?.take(periods)
        guard let sample = learning, sample.count >= Learning.sampleSize else { return }
        learning = Learning()
        let learned = sample.multiple
        defer { hasLearned = true }
        guard learned != multiple else { return }
        if hasLearned {
            // The sensor changed its mind; what was is counted as it was.
            (expectedBefore, elapsed, stretches) = (expected, 0, 0)
        }
        multiple = learned
    }
}

extension Reception {
    /// The messages of two channels of one sensor together. What comes without a known rate is left out
    /// beside what has one: it must not make up for what is lost there.
    static func + (lhs: Reception, rhs: Reception) -> Reception {
        var sum = lhs.rate >= rhs.rate ? lhs : rhs
        let other = lhs.rate >= rhs.rate ? rhs : lhs
        guard sum.rate == 0 || other.rate > 0 else { return sum }
        sum.received += other.received
        sum.copies += other.copies
        sum.late += other.late
        sum.gaps += other.gaps
        sum.longestGap = max(sum.longestGap, other.longestGap)
        sum.absences += other.absences
        sum.heard &+= other.heard
        sum.expectedBefore += other.expected
        return sum
    }
}
