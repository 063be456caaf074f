internal import Wire

/// What a Polar strap advertises beside its link or without one.
struct StrapBroadcast: Sendable {
    private var electrodes: Electrodes
    private var encoder = StrapAdvertisementEncoder()

    init(losses: Episodes) { electrodes = Electrodes(losses: losses) }

    /// The next advertisement. The athlete has lived until `time`.
    mutating func advertisement(of athlete: Athlete, at time: Instant) -> Payload {
        while electrodes.nextBeat(of: athlete) != nil { encoder.beat() }
        return encoder.advertisement(heartRate: electrodes.rate(at: time), isWorn: electrodes.isWorn)
    }
}
