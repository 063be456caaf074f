import Testing
import Wire

@testable import Simulation

@Suite struct AthleteTests {
    static let start = Instant(nanoseconds: 0)

    private func athlete(seed: UInt64, speed: Double) -> Athlete {
        var random = SplitMix64(seed: seed)
        var traits = Heart.Traits(using: &random)
        traits.ectopicChance = 0
        return Athlete(
            traits: traits,
            programme: Programme(constantSpeed: speed),
            start: Self.start,
            keepsBeats: true,
            random: random
        )
    }

    /// Root mean square of successive differences, ms, of the beats since `time`.
    private func rmssd(_ athlete: Athlete, since time: Instant) -> Double {
        let beats = athlete.history!.filter { $0 >= time }
        let intervals = zip(beats, beats.dropFirst()).map { Double($1 - $0) / 1e6 }
        let differences = zip(intervals, intervals.dropFirst()).map { ($1 - $0) * ($1 - $0) }
        return (differences.reduce(0, +) / Double(differences.count)).squareRoot()
    }

    @Test("Standing, RMSSD is 8 to 70 ms", arguments: 0..<12)
    func restVariability(seed: Int) {
        var athlete = athlete(seed: UInt64(seed), speed: 0)
        athlete.advance(to: Self.start + 300 * .second)
        #expect((8...70).contains(rmssd(athlete, since: Self.start)))
    }

    @Test("At high load, RMSSD is 0.7 to 6 ms", arguments: 0..<12)
    func exerciseVariability(seed: Int) {
        var athlete = athlete(seed: UInt64(seed), speed: 4.3)
        athlete.advance(to: Self.start + 600 * .second)
        #expect((0.7...6).contains(rmssd(athlete, since: Self.start + 300 * .second)))
    }

    @Test(
        "The heart rate follows a start with lag: a third of the way at most after 10 s, all of it in the end"
    )
    func lag() {
        for seed in 0..<12 {
            var athlete = athlete(seed: UInt64(seed), speed: 3)
            let standing = athlete.heart.rate
            athlete.advance(to: Self.start + 10 * .second)
            let early = athlete.heart.rate
            athlete.advance(to: Self.start + 300 * .second)
            let late = athlete.heart.rate
            let share = (early - standing) / (late - standing)
            #expect((0.05...0.35).contains(share))
            let traits = athlete.heart.traits
            let expected = traits.standing + (traits.maximum - traits.standing) * 3 / traits.referenceSpeed
            #expect(abs(late - expected) < 8)
        }
    }

    @Test("A heart calms down after the load, more slowly than it rose")
    func recovery() {
        var random = SplitMix64(seed: 9)
        var heart = Heart(traits: Heart.Traits(using: &random))
        for _ in 0..<(4 * 300) { heart.advance(speed: 4, using: &random) }
        let high = heart.rate
        for _ in 0..<(4 * 20) { heart.advance(speed: 0, using: &random) }
        #expect(heart.rate < high - 10)
        #expect(heart.rate > heart.traits.standing + 10)
        for _ in 0..<(4 * 600) { heart.advance(speed: 0, using: &random) }
        #expect(abs(heart.rate - heart.traits.standing) < 10)
    }

    @Test("Through whole sessions heart, speed and stride stay within what people do", arguments: 0..<6)
    func bounds(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let traits = Heart.Traits(using: &random)
        let programme = Programme(referenceSpeed: traits.referenceSpeed, using: &random)
        var athlete = Athlete(traits: traits, programme: programme, start: Self.start, random: random)
        var phases: Set<Programme.Phase> = []
        for second in 1...4000 {
            athlete.advance(to: Self.start + Int64(second) * .second)
            phases.insert(athlete.programme.phase)
            #expect((traits.resting...traits.maximum).contains(athlete.heart.rate))
            #expect((0...10).contains(athlete.gait.speed))
            #expect((0...140).contains(athlete.gait.strideRate))
            #expect((0...5).contains(athlete.gait.strideLength))
            let newest = athlete.beat(athlete.beatCount - 1)
            #expect((270 * .millisecond...2 * .second).contains(athlete.nextBeat - newest))
        }
        #expect(phases.isSuperset(of: [.standing, .effort, .recovery, .sprint, .pause]))
        #expect(athlete.gait.distance > 3_000)
    }

    @Test("A beat that comes early is followed by a pause that makes up for it")
    func ectopic() {
        var random = SplitMix64(seed: 2)
        var traits = Heart.Traits(using: &random)
        (traits.ectopicChance, traits.variability) = (0.01, 0)
        var heart = Heart(traits: traits)
        let intervals = (0..<2000).map { _ in heart.interval(using: &random) * heart.rate / 60 }
        let early = intervals.indices.dropLast().filter { intervals[$0] < 0.75 }
        #expect((8...40).contains(early.count))
        #expect(early.allSatisfy { abs(intervals[$0] + intervals[$0 + 1] - 2) < 0.001 })
    }

    @Test("It does not matter when somebody looks")
    func observation() {
        var (often, once) = (athlete(seed: 5, speed: 3), athlete(seed: 5, speed: 3))
        for step in 1...3_000 { often.advance(to: Self.start + Int64(step) * 17 * .millisecond) }
        once.advance(to: Self.start + 51 * .second)
        #expect(often.history == once.history)
        let end = Self.start + 51 * .second
        #expect(often.gait(at: end).distance == once.gait(at: end).distance)
    }
}
