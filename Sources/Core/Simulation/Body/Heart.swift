internal import Wire

/// A heart that follows the load with lag and beats with natural variability.
///
/// The rate approaches `standing + gain · speed`, capped at the maximum, with one time constant for rising
/// and one for falling, plus a slow drift of a few beats. An interval is 60 / rate, modulated:
///
///     RR = 60/rate · (1 + r·breath + s·slow + n·noise)
///
/// where breath is a wave at the breathing rate, slow the mean of three wanders of 4, 25 and 150 s (near a
/// 1/f spectrum), and noise the rest. All three shrink as the effort grows. Rarely a beat comes early and is
/// followed by a pause that makes up for it.
///
/// - Source: kinetics, K. J. Hunt et al., treadmill running, 2015: gain 24 ± 8 bpm per m/s, time
///   constant 58 ± 24 s. Amplitudes are chosen: RMSSD of some 10 to 60 ms standing, 1 to 5 ms at high load.
struct Heart: Sendable {
    struct Traits: Hashable, Sendable {
        /// Beats per minute.
        var resting, maximum: Double
        /// Seconds.
        var riseTime, fallTime: Double
        /// m/s at which the demand reaches the maximum.
        var referenceSpeed: Double
        /// How lively the rhythm is; 1 is average.
        var variability: Double
        /// How likely a beat comes early.
        var ectopicChance: Double

        init(using random: inout SplitMix64) {
            resting = random.uniform(46...64)
            maximum = random.uniform(178...204).rounded()
            riseTime = random.uniform(30...60)
            fallTime = random.uniform(40...75)
            referenceSpeed = random.uniform(4.3...5.6)
            variability = random.uniform(0.6...1.4)
            ectopicChance = random.chance(0.3) ? random.uniform(0.0005...0.004) : 0.000_05
        }

        /// Standing costs some beats over lying. Chosen.
        var standing: Double { resting + 15 }
    }

    let traits: Traits
    /// Beats per minute.
    private(set) var rate: Double
    /// Beats per minute that duration and heat add, up to 8.
    private var drift = 0.0
    private var slow = (
        Wander(timeConstant: 4, step: Athlete.tickSeconds),
        Wander(timeConstant: 25, step: Athlete.tickSeconds),
        Wander(timeConstant: 150, step: Athlete.tickSeconds)
    )
    /// 0..<1 of a breath.
    private var breath = 0.0
    private var isPauseDue = false

    init(traits: Traits) {
        self.traits = traits
        rate = traits.standing
    }

    /// 0 at rest, 1 at the maximum.
    private var effort: Double {
        min(max((rate - traits.resting) / (traits.maximum - traits.resting), 0), 1)
    }

    /// Lets a tick pass under a load of `speed` metres per second.
    mutating func advance(speed: Double, using random: inout SplitMix64) {
        let load = min(speed / traits.referenceSpeed, 1)
        drift += (8 * load - drift) * Athlete.tickSeconds / 1200
        let demand = traits.standing + (traits.maximum - traits.standing) * load + drift
        let time = demand > rate ? traits.riseTime : traits.fallTime
        rate += (min(demand, traits.maximum) - rate) * Athlete.tickSeconds / time
        slow.0.advance(using: &random)
        slow.1.advance(using: &random)
        slow.2.advance(using: &random)
    }

    /// The next interval between two beats, seconds, 0.27...2.
    mutating func interval(using random: inout SplitMix64) -> Double {
        let base = 60 / rate
        let calm = 1 - effort
        // Breaths per second: 12 a minute at rest to 48 at the maximum.
        breath += (0.2 + 0.6 * effort) * base
        breath -= breath.rounded(.down)

        let wander = (slow.0.value + slow.1.value + slow.2.value) * 0.577_350_269
        var modulation = 0.045 * calm * calm * calm * Self.wave(breath)
        modulation += (0.030 * calm * calm + 0.003) * wander
        modulation += (0.006 * calm + 0.003) * random.normal()

        var interval = base * (1 + traits.variability * modulation)
        if isPauseDue {
            interval *= 1.3
            isPauseDue = false
        } else if random.chance(traits.ectopicChance) {
            interval *= 0.7
            isPauseDue = true
        }
        return min(max(interval, 0.27), 2)
    }

    /// A sine of two parabolas, -1...1; 6 % off at worst, which breathing does not mind.
    private static func wave(_ phase: Double) -> Double {
        phase < 0.5 ? 16 * phase * (0.5 - phase) : -16 * (phase - 0.5) * (1 - phase)
    }
}
