public import Wire

/// A heart that beats under one load, without a body around it, for what needs very many beats.
public struct LoneHeart: Sendable {
    private var heart: Heart
    private var random: SplitMix64
    private let speed: Double
    private var lastTick: Instant
    /// When the next beat will be.
    public private(set) var nextBeat: Instant

    /// - Parameters:
    ///   - build: Draws what kind of heart it is: two of one build have one mean rate under one load.
    ///   - seed: Draws its beats.
    ///   - load: 0 standing ... 1 the maximum.
    ///   - start: When it begins; settled under its load.
    public init(build: UInt64, seed: UInt64, load: Double, start: Instant) {
        var drawing = SplitMix64(seed: build)
        let traits = Heart.Traits(using: &drawing)
        random = SplitMix64(seed: seed)
        speed = load * traits.referenceSpeed
        heart = Heart(traits: traits)
        lastTick = start
        nextBeat = start
        for _ in 0..<1_600 { heart.advance(speed: speed, using: &random) }
        nextBeat = start + Nanoseconds(random.unit() * 1e9)
    }

    /// The next beat.
    public mutating func beat() -> Instant {
        let beat = nextBeat
        while lastTick + Athlete.tick <= beat {
            heart.advance(speed: speed, using: &random)
            lastTick = lastTick + Athlete.tick
        }
        nextBeat = beat + Nanoseconds(heart.interval(using: &random) * 1e9)
        return beat
    }
}
