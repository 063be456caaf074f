internal import Wire

/// The electrodes of a chest strap: which beats it notices, and the rate that it shows.
struct Electrodes: Sendable {
    /// After so long without a beat a strap stops showing a rate. Chosen.
    private static let holdTime = 3 * Nanoseconds.second
    /// The weight of the newest interval in the rate shown, so that it lags by some four beats. Chosen.
    private static let newestWeight = 0.25

    private(set) var isWorn = true
    private var losses: Episodes
    /// Beats of the heart looked at so far.
    private var seen = 0
    private var newest: Instant?
    /// Mean interval, seconds; 0 before the first.
    private var mean = 0.0

    init(losses: Episodes) { self.losses = losses }

    /// The next beat that the strap notices, if there was another one until now.
    mutating func nextBeat(of athlete: Athlete) -> Instant? {
        seen = max(seen, athlete.beatCount - Athlete.recentMaximum)
        while seen < athlete.beatCount {
            let beat = athlete.beat(seen)
            seen += 1
            isWorn = !losses.covers(beat)
            guard isWorn else { continue }
            if let newest, beat - newest < Self.holdTime {
                let interval = Double(beat - newest) / 1e9
                mean = mean == 0 ? interval : mean + (interval - mean) * Self.newestWeight
            } else {
                mean = 0
            }
            newest = beat
            return beat
        }
        return nil
    }

    /// Beats per minute as shown at `time`; 0 is no value.
    func rate(at time: Instant) -> UInt8 {
        guard let newest, mean > 0, time - newest < Self.holdTime else { return 0 }
        return UInt8(min((60 / mean).rounded(), 255))
    }
}

/// The optical sensor of a watch: a rate that follows the heart some seconds late, and beat times that are
/// computed from it rather than measured.
struct OpticalPulse: Sendable {
    /// Seconds. Chosen.
    private static let lag = 6.0

    private var rate: Double
    private var looked: Instant
    private var nextBeat: Instant

    init(rate: Double, start: Instant) {
        self.rate = rate
        (looked, nextBeat) = (start, start)
    }

    mutating func look(at athlete: Athlete, time: Instant) {
        let elapsed = min(Double(time - looked) / 1e9, Self.lag)
        rate += (athlete.heart.rate - rate) * elapsed / Self.lag
        looked = time
    }

    /// The next computed beat until the last look.
    mutating func takeBeat() -> Instant? {
        guard nextBeat <= looked else { return nil }
        defer { nextBeat = nextBeat + Nanoseconds(60e9 / rate) }
        return nextBeat
    }

    var shown: UInt8 { UInt8(min(rate.rounded(), 255)) }
}
