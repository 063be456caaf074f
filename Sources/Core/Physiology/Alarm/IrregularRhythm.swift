internal import Glibc

/// A caution for an unusual beat pattern at rest. Never a diagnosis.
///
///     over the last 64 intervals, every 16 beats:
///     RMSSD / mean > 0.115   and   entropy > 0.70
///     entropy = −Σ p·ln p / ln 16 over 16 equal bins, without the 8 longest and the 8 shortest intervals
///     alarm with the third such window in a row; cleared by one that is regular
///
/// Extra beats, breathing in athletes and artefacts look the same. For resting recordings only, opt-in, and
/// never on the screen of a squad. To be said: an unusual pattern in this recording, not a diagnosis; with
/// symptoms, stop and see a doctor. Checked on synthetic intervals only.
///
/// - First sample: nothing before 64 intervals, no alarm before 96.
/// - Gap: the windows begin anew.
/// - Out of range: an interval outside 300...2000 ms is a gap.
/// - Complexity: a ring of 64, sorted every 16 beats.
/// - Source: S. Dash, K. H. Chon, S. Lu, E. A. Raeder, Ann Biomed Eng 37 (2009) 1701; D. D. McManus et al.,
///   Heart Rhythm 10 (2013) 315 (bounds).
public struct IrregularRhythm: Hashable, Sendable {
    private static let window = 64
    private static let step = 16
    private static let patience = 3

    private var ring = [Double](repeating: 0, count: window)
    private var sorted = [Double](repeating: 0, count: window)
    private var count = 0
    private var irregular = 0
    public private(set) var isRaised = false

    public init() {}

    /// Takes the next interval.
    public mutating func add(_ interval: RRInterval) -> AlarmChange? {
        let milliseconds = interval.milliseconds
        guard 300...2_000 ~= milliseconds else {
            interrupt()
            return nil
        }
        ring[count % Self.window] = milliseconds
        count += 1
        guard count >= Self.window, count.isMultiple(of: Self.step) else { return nil }
        irregular = isIrregular() ? min(irregular + 1, Self.patience) : 0
        if !isRaised, irregular == Self.patience {
            isRaised = true
            return .raised
        }
        if isRaised, irregular == 0 {
            isRaised = false
            return .cleared
        }
        return nil
    }

    /// A pause in the recording.
    public mutating func interrupt() { (count, irregular) = (0, 0) }

    private mutating func isIrregular() -> Bool {
        let mean = ring.reduce(0, +) / Double(Self.window)
        var squares = 0.0
        // The oldest interval stands where the next will be written.
        for index in 1..<Self.window {
            let change = ring[(count + index) % Self.window] - ring[(count + index - 1) % Self.window]
            squares += change * change
        }
        let rmssd = (squares / Double(Self.window - 1)).squareRoot()
        return rmssd / mean > 0.115 && entropy() > 0.7
    }

    private mutating func entropy() -> Double {
        for index in ring.indices { sorted[index] = ring[index] }
        sorted.sort()
        let kept = 8..<Self.window - 8
        let lowest = sorted[kept.lowerBound]
        let width = (sorted[kept.upperBound - 1] - lowest) / 16
        guard width > 0 else { return 0 }
        var bins = SIMD16<Double>()
        for index in kept { bins[min(15, Int((sorted[index] - lowest) / width))] += 1 }
        var entropy = 0.0
        for bin in bins.indices where bins[bin] > 0 {
            let share = bins[bin] / Double(kept.count)
            entropy -= share * log(share)
        }
        return entropy / log(16)
    }
}
