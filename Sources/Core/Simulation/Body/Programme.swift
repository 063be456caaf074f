internal import Wire

/// What a runner was told to do: a warm-up, a steady run, intervals, sprints, a cool-down, a rest, and again
/// from the steady run on.
///
/// Durations and speeds are chosen: a training session of a team, with phases short enough that a few
/// minutes show something. Speeds are shares of the speed at which the runner reaches the maximum heart
/// rate.
struct Programme: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        case standing, warmUp, steady, walk, effort, recovery, sprint, pause, coolDown, rest
        /// One speed for ever.
        case constant
    }

    private(set) var phase: Phase
    /// The speed asked for, m/s.
    private(set) var speed: Double
    /// Seconds left in this phase.
    private var remaining: Double
    /// Repetitions of effort or sprint left in this block.
    private var repetitions = 0
    /// What follows the standing at the start.
    private let entry: Phase
    private let referenceSpeed: Double

    /// - Parameters:
    ///   - referenceSpeed: The speed of maximum heart rate, m/s.
    ///   - random: Draws where the session begins.
    init(referenceSpeed: Double, using random: inout SplitMix64) {
        self.referenceSpeed = referenceSpeed
        let entries: [Phase] = [.warmUp, .warmUp, .steady, .effort, .sprint]
        entry = entries[random.below(entries.count)]
        (phase, speed, remaining) = (.standing, 0, random.uniform(5...40))
        if entry == .effort { repetitions = 5 }
        if entry == .sprint { repetitions = 6 }
    }

    /// Runs at one speed for ever.
    init(constantSpeed: Double) {
        (phase, speed, remaining) = (.constant, constantSpeed, .infinity)
        (entry, referenceSpeed) = (.constant, constantSpeed)
    }

    /// Lets `seconds` pass.
    mutating func advance(by seconds: Double, using random: inout SplitMix64) {
        remaining -= seconds
        if remaining <= 0 { begin(following(using: &random), using: &random) }
    }

    private mutating func following(using random: inout SplitMix64) -> Phase {
        switch phase {
        case .standing: return entry
        case .warmUp, .rest: return .steady
        case .steady: return .walk
        case .walk:
            repetitions = 4 + random.below(4)
            return .effort
        case .effort, .sprint:
            repetitions -= 1
            return phase == .effort ? .recovery : .pause
        case .recovery:
            if repetitions > 0 { return .effort }
            repetitions = 4 + random.below(5)
            return .sprint
        case .pause: return repetitions > 0 ? .sprint : .coolDown
        case .coolDown: return .rest
        case .constant: return .constant
        }
    }

    private mutating func begin(_ next: Phase, using random: inout SplitMix64) {
        let (seconds, share): (ClosedRange<Double>, ClosedRange<Double>) =
            switch next {
            case .standing, .rest: (120...300, 0...0)
            case .warmUp: (180...300, 0.45...0.55)
            case .steady: (300...720, 0.60...0.75)
            case .walk: (60...120, 0.22...0.30)
            case .effort: (60...180, 0.85...1.0)
            case .recovery: (60...120, 0.20...0.30)
            case .sprint: (5...10, 1.40...1.65)
            case .pause: (25...50, 0...0.22)
            case .coolDown: (240...420, 0.40...0.48)
            case .constant: (3600...3600, 1...1)
            }
        phase = next
        remaining = random.uniform(seconds)
        speed = min(random.uniform(share) * referenceSpeed, Gait.speedMaximum)
    }
}
