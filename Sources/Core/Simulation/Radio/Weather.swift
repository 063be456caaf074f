internal import Wire

/// What the radio does to frames and the body to straps. Every part can be switched off.
public struct Weather: Hashable, Sendable {
    /// The mean share of frames that fading takes, 0...0.9. It comes in bursts; collisions come on top.
    public var loss = 0.02
    /// How many messages in a row fading takes on average, at least 1.
    public var burst = 5.0
    /// Whether two ANT messages that overlap in the air are both lost. All senders share one frequency and
    /// nearly one period, so two of them drift through each other and are silent for many messages in a row.
    public var collisions = true
    /// The share of frames that arrive twice, the second time up to 20 ms later.
    public var duplicates = 0.001
    /// The share of frames that arrive late, by 5 to 100 ms.
    public var delays = 0.002
    /// Whether a strap loses its skin contact now and then: 4 to 35 s, every 5 to 50 minutes.
    public var contactLosses = true
    /// Whether a sensor is out of reach now and then: 45 to 240 s, every 15 to 90 minutes.
    public var absences = true

    private init() {}

    /// An ordinary day.
    public static let typical = Weather()

    /// Every frame arrives, once, in time.
    public static let none: Weather = {
        var weather = Weather()
        (weather.loss, weather.duplicates, weather.delays) = (0, 0, 0)
        (weather.collisions, weather.contactLosses, weather.absences) = (false, false, false)
        return weather
    }()
}

/// Fading that takes messages in bursts: a chain of two states, one of which loses everything.
///
/// With the mean burst length b and the mean loss p, the bad state is left with 1/b after each message and
/// entered with p / (b · (1 − p)).
///
/// - Source: E. N. Gilbert, "Capacity of a Burst-Noise Channel", 1960, with certain loss in the bad state.
struct Fading: Hashable, Sendable {
    private var isBad = false
    private let enter, leave: Double

    /// - Precondition: 0 ≤ loss ≤ 0.9 and burst ≥ 1.
    init(loss: Double, burst: Double) {
        precondition((0...0.9).contains(loss))
        precondition(burst >= 1)
        leave = 1 / burst
        enter = min(loss / (burst * (1 - loss)), 1)
    }

    /// Whether the next message is lost.
    mutating func losesNext(using random: inout SplitMix64) -> Bool {
        if random.chance(isBad ? leave : enter) { isBad.toggle() }
        return isBad
    }
}

/// Something that is the case now and then: a strap without contact, a sensor out of reach.
struct Episodes: Hashable, Sendable {
    private var start, end: Instant
    private let pause, length: ClosedRange<Double>
    private var random: SplitMix64

    /// - Parameters:
    ///   - time: When the first pause begins.
    ///   - pause: Seconds between two episodes.
    ///   - length: Seconds that one lasts.
    ///   - random: Draws when and how long.
    init(from time: Instant, pause: ClosedRange<Double>, length: ClosedRange<Double>, random: SplitMix64) {
        (self.pause, self.length, self.random) = (pause, length, random)
        (start, end) = (time, time)
        draw()
    }

    /// Never.
    init() {
        (pause, length, random) = (0...0, 0...0, SplitMix64(seed: 0))
        (start, end) = (Instant(nanoseconds: .max), Instant(nanoseconds: .max))
    }

    /// Whether `time` lies within an episode. Times come in order.
    mutating func covers(_ time: Instant) -> Bool {
        while time >= end { draw() }
        return time >= start
    }

    private mutating func draw() {
        start = end + Nanoseconds(random.uniform(pause) * 1e9)
        end = start + Nanoseconds(random.uniform(length) * 1e9)
    }
}
