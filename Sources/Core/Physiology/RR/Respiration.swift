internal import Glibc  // sin and cos only.
internal import Wire

/// The breathing rate at rest, from the heart's following of the breath (respiratory sinus arrhythmia).
///
/// The intervals are laid out evenly at 4 Hz (linear between beats), freed of their line, weighted with a
/// Hann window and searched for the strongest frequency of 0.1...0.5 Hz in steps of 0.0025 Hz, refined with a
/// parabola.
///
/// No value is better than a wrong one. It is `nil`
/// - when the mean rate is over 100 beats/min: in exercise the breath moves the intervals by a few ms, and
///   the strongest wave is often the 0.1 Hz one of blood pressure, 6 instead of 30 breaths a minute;
/// - when less than 40 % of the band's power lies within 0.015 Hz of the peak;
/// - when the window has under 30 s, under 20 clean beats, or over 5 % artefacts.
///
/// - Complexity: 161 frequencies × 4 samples a second of window: call it every 10 s, for athletes at rest. No
///   allocation.
/// - Source: own, after the band of the Task Force (1996) for high frequencies, widened to 6...30 breaths;
///   13.2 breaths/min of a synthetic recording are found within 0.1.
public struct Respiration: Sendable {
    public struct Estimate: Hashable, Sendable {
        /// Breaths a minute, 6...30.
        public var rate: Double
        /// The share of the band's power at the peak, 0.4...1.
        public var confidence: Double
    }

    static let sampleRate = 4.0
    private static let lowest = 0.1
    private static let step = 0.0025
    private static let steps = 161

    private var samples: [Double]
    private var power = Array(repeating: 0.0, count: steps)

    /// - Parameter longest: The longest window, in s.
    public init(longest: Int = 360) {
        samples = Array(repeating: 0, count: max(30, longest) * Int(Self.sampleRate) + 1)
    }

    /// The rate over a window of beats.
    public mutating func estimate(_ window: RRWindow) -> Estimate? {
        guard let rate = window.statistics.heartRate, rate <= 100,
            window.statistics.beats >= RRWindow.fewestBeats,
            let artefacts = window.artefactShare, artefacts <= 5
        else { return nil }
        let count = layOut(window)
        guard Double(count) >= 30 * Self.sampleRate else { return nil }
        prepare(count)
        return peak(count)
    }

    /// Fills `samples`, and returns how many.
    private mutating func layOut(_ window: RRWindow) -> Int {
        var count = 0
        var start: Nanoseconds?
        var before = (time: 0.0, value: 0.0)
        let limit = samples.count
        window.forEachClean { interval, end in
            let origin = start ?? end
            let here = (time: Double(end - origin) / 1e9, value: interval.milliseconds)
            defer { (start, before) = (origin, here) }
            guard start != nil else { return }
            while count < limit, Double(count) / Self.sampleRate <= here.time {
                let time = Double(count) / Self.sampleRate
                let span = here.time - before.time
                let share = span > 0 ? (time - before.time) / span : 1
                samples[count] = before.value + share * (here.value - before.value)
                count += 1
            }
        }
        return count
    }

    /// Takes off the line of least squares and applies the window.
    private mutating func prepare(_ count: Int) {
        let n = Double(count)
        var (sum, moment) = (0.0, 0.0)
        for index in 0..<count {
            sum += samples[index]
            moment += (Double(index) - (n - 1) / 2) * samples[index]
        }
        let slope = moment / (n * (n * n - 1) / 12)
        for index in 0..<count {
            let line = sum / n + slope * (Double(index) - (n - 1) / 2)
            samples[index] = (samples[index] - line) * (0.5 - 0.5 * cos(2 * .pi * Double(index) / (n - 1)))
        }
    }

    private mutating func peak(_ count: Int) -> Estimate? {
        var best = 0
        var total = 0.0
        for index in 0..<Self.steps {
            power[index] = power(at: Self.lowest + Double(index) * Self.step, count)
            total += power[index]
            if power[index] > power[best] { best = index }
        }
        guard total > 0 else { return nil }
        let near = max(0, best - 6)...min(Self.steps - 1, best + 6)
        let confidence = near.reduce(0) { $0 + power[$1] } / total
        guard confidence > 0.4 else { return nil }
        var shift = 0.0
        if best > 0, best < Self.steps - 1 {
            let (left, right) = (power[best - 1], power[best + 1])
            let bend = left - 2 * power[best] + right
            if bend < 0 { shift = (left - right) / (2 * bend) }
        }
        let frequency = Self.lowest + (Double(best) + shift) * Self.step
        return Estimate(rate: 60 * frequency, confidence: confidence)
    }

    /// |DFT|² at one frequency, by Goertzel's recurrence.
    private func power(at frequency: Double, _ count: Int) -> Double {
        let coefficient = 2 * cos(2 * .pi * frequency / Self.sampleRate)
        var (s1, s2) = (0.0, 0.0)
        for index in 0..<count { (s1, s2) = (samples[index] + coefficient * s1 - s2, s1) }
        return s1 * s1 + s2 * s2 - coefficient * s1 * s2
    }
}
