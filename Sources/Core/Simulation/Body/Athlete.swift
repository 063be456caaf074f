internal import Wire

/// One runner, from the start on: programme, gait and heart, advanced together.
///
/// Speed and load change on a grid of ticks and beats fall in between, so what happens does not depend on
/// when somebody looks, nor on any radio.
struct Athlete: Sendable {
    static let tickSeconds = 0.25
    static let tick = Nanoseconds.second / 4
    /// How many beats a sensor may be behind.
    static let recentMaximum = 32

    private(set) var gait: Gait
    private(set) var heart: Heart
    private(set) var programme: Programme
    /// When the next beat will be.
    private(set) var nextBeat: Instant
    /// Beats since the start.
    private(set) var beatCount = 0
    /// Every beat, if asked for.
    private(set) var history: [Instant]?

    /// The beat number n stands at n modulo the size.
    private var recent: [Instant]
    private var random: SplitMix64
    private var lastTick: Instant

    init(
        traits: Heart.Traits,
        programme: Programme,
        start: Instant,
        keepsBeats: Bool = false,
        random: SplitMix64
    ) {
        self.random = random
        self.programme = programme
        heart = Heart(traits: traits)
        gait = Gait(cadenceFactor: self.random.uniform(0.96...1.04))
        lastTick = start
        nextBeat = start + Nanoseconds(self.random.unit() * 1e9)
        recent = Array(repeating: start, count: Self.recentMaximum)
        history = keepsBeats ? [] : nil
    }

    /// Lives until `time`. A time that has passed changes nothing.
    mutating func advance(to time: Instant) {
        while true {
            let nextTick = lastTick + Self.tick
            if nextBeat < nextTick {
                guard nextBeat <= time else { return }
                beat()
            } else {
                guard nextTick <= time else { return }
                gait.move(for: Self.tickSeconds)
                gait.adjust(to: programme.speed, over: Self.tickSeconds, using: &random)
                heart.advance(speed: gait.speed, using: &random)
                programme.advance(by: Self.tickSeconds, using: &random)
                lastTick = nextTick
            }
        }
    }

    private mutating func beat() {
        recent[beatCount % Self.recentMaximum] = nextBeat
        history?.append(nextBeat)
        beatCount += 1
        nextBeat = nextBeat + Nanoseconds(heart.interval(using: &random) * 1e9)
    }

    /// When the beat `number`, counted from 0, was.
    ///
    /// - Precondition: It was, and is among the last ``recentMaximum``.
    func beat(_ number: Int) -> Instant {
        precondition(number < beatCount)
        precondition(number >= beatCount - Self.recentMaximum)
        return recent[number % Self.recentMaximum]
    }

    /// The gait at `time`, which is less than a tick after the last one.
    func gait(at time: Instant) -> Gait {
        var gait = gait
        gait.move(for: Double(max(0, time - lastTick)) / 1e9)
        return gait
    }
}
