public import Units
public import Wire

/// What happened to one athlete, whatever the radio made of it.
public struct Truth: Hashable, Sendable {
    /// When all this was so: ``Squad/now``.
    public let time: Instant
    /// Beats since the start.
    public let beatCount: Int
    /// Every beat since the start, oldest first, when the squad keeps them; else at most the last 32.
    public let beats: [Instant]
    /// The rate that the heart follows, without the variability of single beats.
    public let heartRate: HeartRate
    public let speed: Speed
    public let strideRate: StrideRate
    /// What a power meter would show.
    public let power: Power
    /// In a working muscle.
    public let muscleOxygen: Share
    /// Since the start.
    public let distance: Distance
    /// Since the start.
    public let strideCount: Int

    init(_ athlete: Athlete, at time: Instant) {
        self.time = time
        beatCount = athlete.beatCount
        let recent = max(0, athlete.beatCount - Athlete.recentMaximum)..<athlete.beatCount
        beats = athlete.history ?? recent.map { athlete.beat($0) }
        let gait = athlete.gait(at: time)
        heartRate = HeartRate(athlete.heart.rate)
        speed = Speed(gait.speed)
        strideRate = StrideRate(gait.strideRate)
        power = Power(gait.speed * Athlete.wattsPerSpeed)
        muscleOxygen = Share(athlete.muscleOxygen)
        distance = Distance(gait.distance)
        strideCount = Int(gait.strides)
    }
}

/// What became of the messages of a squad.
public struct Tally: Hashable, Sendable {
    /// Messages that sensors in reach sent.
    public internal(set) var sent = 0
    /// Taken by fading.
    public internal(set) var faded = 0
    /// Taken by a collision, fading aside.
    public internal(set) var collided = 0
    /// Frames that arrived twice, each counted once.
    public internal(set) var duplicated = 0
    public internal(set) var delayed = 0
}
