internal import Wire

/// How a runner moves: the speed follows the programme, distance and strides are its integrals.
struct Gait: Hashable, Sendable {
    /// m/s. Chosen: team-sport players sprint at 8 to 9.5.
    static let speedMaximum = 9.5
    /// Seconds to reach 63 % of a new speed. Chosen from sprint models, which give 0.9 to 1.5.
    private static let accelerationTime = 1.2

    /// m/s.
    private(set) var speed = 0.0
    /// Metres since the start.
    private(set) var distance = 0.0
    /// Strides of two steps since the start.
    private(set) var strides = 0.0

    private let cadenceFactor: Double
    /// Nobody keeps a pace exactly.
    private var pace = Wander(timeConstant: 8, step: Athlete.tickSeconds)

    init(cadenceFactor: Double) { self.cadenceFactor = cadenceFactor }

    /// Strides per minute at the present speed.
    ///
    /// Steps per minute: walking 70 + 30·v; running 145 + 6.5·v and, above 4.5 m/s, 2.5·(v − 4.5)² more.
    /// Chosen so that 1.4 m/s gives 112, 3 m/s 165, 8 m/s 228.
    var strideRate: Double {
        guard speed > 0.3 else { return 0 }
        let steps: Double
        if speed < 2 {
            steps = 70 + 30 * speed
        } else {
            let sprint = max(0, speed - 4.5)
            steps = 145 + 6.5 * speed + 2.5 * sprint * sprint
        }
        return steps / 2 * cadenceFactor
    }

    /// Metres from one footfall to the next of the same foot; 0 while standing.
    var strideLength: Double { strideRate > 0 ? speed * 60 / strideRate : 0 }

    var isRunning: Bool { speed >= 2 }

    /// Covers `seconds` at the present speed.
    mutating func move(for seconds: Double) {
        distance += speed * seconds
        strides += strideRate / 60 * seconds
    }

    /// Draws nearer to the speed asked for.
    mutating func adjust(to target: Double, over seconds: Double, using random: inout SplitMix64) {
        pace.advance(using: &random)
        let wanted = min(target * (1 + 0.025 * pace.value), Self.speedMaximum)
        speed += (wanted - speed) * seconds / Self.accelerationTime
        if target == 0, speed < 0.05 { speed = 0 }
    }
}
