internal import Glibc

/// Performance as the response to all earlier loads, after Banister.
///
///     p = p0 + k1 · Σ w·e^(−d/τ1) − k2 · Σ w·e^(−d/τ2)      d: days since the load w, at least 1
///
/// The constants have to be fitted to at least 10...15 performance tests of the athlete, and even then the
/// fit is unstable: the model explains, it does not forecast.
///
/// - First day: p0, for no load lies before it.
/// - Gap, out of range: as in ``ExponentialLoad``.
/// - Source: R. H. Morton, J. R. Fitz-Clarke, E. W. Banister, J Appl Physiol 69 (1990) 1171.
public struct ImpulseResponse: Hashable, Sendable {
    private let baseline, gain, loss, gainDecay, lossDecay: Double
    private var fitness = 0.0
    private var fatigue = 0.0

    /// - Parameters:
    ///   - baseline: p0, in the unit of the performance test.
    ///   - gain: k1.
    ///   - loss: k2.
    ///   - gainDays: τ1, at least 1.
    ///   - lossDays: τ2, at least 1.
    public init(baseline: Double, gain: Double, loss: Double, gainDays: Int = 42, lossDays: Int = 7) {
        (self.baseline, self.gain, self.loss) = (baseline, gain, loss)
        performance = baseline
        gainDecay = exp(-1 / Double(max(1, gainDays)))
        lossDecay = exp(-1 / Double(max(1, lossDays)))
    }

    /// On the last day added, before its own load; p0 before any. In the unit of the performance test.
    public private(set) var performance: Double

    /// Takes the load of the next day, unless it is implausible.
    public mutating func add(_ load: Double) {
        guard ExponentialLoad.plausible ~= load else { return }
        fitness *= gainDecay
        fatigue *= lossDecay
        performance = baseline + gain * fitness - loss * fatigue
        fitness += load
        fatigue += load
    }
}
