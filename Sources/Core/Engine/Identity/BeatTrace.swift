public import Wire

/// The newest intervals between beats that one sensor told over one radio, and how lively they are.
///
/// Beats are numbered in the order in which they came; where some are missing stands one gap. A fixed-size
/// value: 64 beats are 20 s of the fastest heart, more than one radio is ever behind another.
public struct BeatTrace: Hashable, Sendable {
    static let capacity = 64
    /// A sensor that tells no beat for this long has lost some. Chosen above the few seconds for which straps
    /// keep intervals back before they send them together.
    static let silence = 10 * Nanoseconds.second

    /// 1/1024 s at the number of the beat modulo the capacity; 0 is a gap.
    private var intervals = SIMD64<UInt16>()
    /// The number that the next beat gets.
    private(set) var end = 0
    /// Beats since the newest gap.
    private(set) var clean = 0
    private(set) var newest: Instant?
    /// Mean absolute difference of an interval from the one before, 1/1024 s, and over how many.
    private var meanStep: Float = 0
    private var stepCount = 0

    public init() {}

    /// The number of the oldest beat that is still known.
    var start: Int { max(0, end - Self.capacity) }

    /// - Precondition: `start ≤ number < end`.
    subscript(number: Int) -> Int { Int(intervals[number % Self.capacity]) }

    /// Takes in an interval that a beat ended, 1/1024 s.
    public mutating func append(_ interval: UInt16, at time: Instant) {
        if let newest, time - newest > Self.silence { markGap() }
        newest = time
        guard interval > 0 else { return markGap() }
        if clean > 0 { learn(abs(Int(interval) - self[end - 1])) }
        intervals[end % Self.capacity] = interval
        end += 1
        clean += 1
    }

    /// Beats are missing here.
    public mutating func markGap() {
        guard clean > 0 else { return }
        intervals[end % Self.capacity] = 0
        end += 1
        clean = 0
    }

    /// A single odd beat, early or missed, must not make a steady heart look lively: steps count up to three
    /// times the usual one.
    private mutating func learn(_ step: Int) {
        stepCount = min(stepCount + 1, 16)
        let clipped = min(Float(step), 3 * meanStep + 3)
        meanStep += (clipped - meanStep) / Float(stepCount)
    }

    /// The variance of one interval around its slow trend, (1/1024 s)².
    ///
    /// The difference of two normal variables of deviation σ has the mean size 2σ/√π. Rounding to ticks adds
    /// 1/4 to σ².
    var variance: Float {
        guard stepCount >= 8 else { return 0 }
        let deviation = 0.886 * meanStep
        return max(0, deviation * deviation - 0.25)
    }
}
