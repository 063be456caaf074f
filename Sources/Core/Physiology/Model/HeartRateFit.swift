internal import Glibc
public import Units

/// The heart rate as a first-order response to effort, fitted to a session.
///
///     τ · dHR/dt = base + gain·u − HR
///     x_k = a·x_(k−1) + (1 − a)·u_(k−1),   a = e^(−1 s/τ),   x_0 = 0
///     HR_k ≈ base + gain·x_k + start·a^k
///
/// u is power (W), speed (m/s) or a cost, one sample a second. The filter runs for every τ of a grid
/// (10...150 s by 2), and the three factors follow from normal equations: sums only, no history. Fitted to
/// the output, unlike one-step regression, it does not take the rounding of heart rates for a short τ.
///
/// - First sample: starts the filters; a fit needs 300 samples.
/// - Gap: a second without a heart rate runs the filters on and adds to no sum. Without effort the last one
///   holds.
/// - Out of range: an implausible rate, or an effort outside ``Plausible/power``, is missing.
/// - Not identifiable: a fit to efforts that hardly vary (SD below 10 % of the mean), with τ on the edge of
///   the grid or with factors that no heart has, says so: then the athlete's earlier fit is kept.
/// - Complexity: 71 filters with five sums, about 900 operations a second; the solution 71 times 3×3.
/// - Source: K. J. Hunt, S. E. Fankhauser, J. Saengsuwan, BioMed Eng OnLine 14 (2015) (first-order model);
///   the grid is the recommendation of the reference notes, section 7.1.
public struct HeartRateFit: Sendable {
    /// What a session told about the heart.
    public struct Fit: Hashable, Sendable {
        public let timeConstant: Interval
        /// beat/min for one unit of effort
        public let gain: Double
        public let base: HeartRate
        /// Root of the mean squared error of the fit.
        public let error: HeartRate
        /// Whether the session could tell the factors apart at all. If not, do not use them.
        public let isIdentifiable: Bool
    }

    private struct Candidate: Sendable {
        let timeConstant: Double
        let decay: Double
        var x = 0.0
        var power = 1.0
        var sumX = 0.0
        var sumXX = 0.0
        var sumXY = 0.0
        var sumD = 0.0
        var sumDD = 0.0
        var sumXD = 0.0
        var sumDY = 0.0

        init(_ timeConstant: Double) {
            self.timeConstant = timeConstant
            decay = exp(-1 / timeConstant)
        }
    }

    private var candidates = stride(from: 10.0, through: 150, by: 2).map { Candidate($0) }
    private var effort: Double?
    private var first: Double?
    /// Of the rates, less the first one: small numbers keep the sums exact.
    private var sumY = 0.0
    private var sumYY = 0.0
    private var sumU = 0.0
    private var sumUU = 0.0
    /// Seconds with a heart rate.
    public private(set) var count = 0

    public init() {}

    /// Takes the next second.
    ///
    /// - Parameters:
    ///   - effort: In one unit throughout; `nil` when it is not known.
    ///   - rate: `nil` when it is not known.
    public mutating func add(effort: Double?, _ rate: HeartRate?) {
        let rate = rate.flatMap { Plausible.heartRate ~= $0.value ? $0.value : nil }
        let effort = effort.flatMap { Plausible.power ~= $0 ? $0 : nil }
        // Before anything is known of the effort there is nothing to filter.
        guard let now = effort ?? self.effort else { return }
        advance(self.effort)
        self.effort = now
        guard let rate else { return }
        let base = first ?? rate
        first = base
        count(rate - base, now)
    }

    /// Runs the filters over the effort of the second before; none at the start.
    private mutating func advance(_ effort: Double?) {
        guard let effort else { return }
        for index in candidates.indices {
            let decay = candidates[index].decay
            candidates[index].x = decay * candidates[index].x + (1 - decay) * effort
            candidates[index].power *= decay
        }
    }

    private mutating func count(_ y: Double, _ effort: Double) {
        count += 1
        sumY += y
        sumYY += y * y
        sumU += effort
        sumUU += effort * effort
        for index in candidates.indices {
            let (x, d) = (candidates[index].x, candidates[index].power)
            candidates[index].sumX += x
            candidates[index].sumXX += x * x
            candidates[index].sumXY += x * y
            candidates[index].sumD += d
            candidates[index].sumDD += d * d
            candidates[index].sumXD += x * d
            candidates[index].sumDY += d * y
        }
    }

    /// Whether the efforts varied enough to tell gain from base.
    private var isExcited: Bool {
        let mean = sumU / Double(count)
        let variance = max(0, sumUU / Double(count) - mean * mean)
        return variance.squareRoot() > 0.1 * mean
    }

    /// The best of the grid; `nil` before 300 samples, and when the equations have no solution.
    public var fit: Fit? {
        guard count >= 300, let first else { return nil }
        var best: (index: Int, error: Double, factors: SIMD3<Double>)?
        for index in candidates.indices {
            guard let (error, factors) = solve(candidates[index]) else { continue }
            if best.map({ error < $0.error }) ?? true { best = (index, error, factors) }
        }
        guard let best, best.factors.x.isFinite, best.factors.y.isFinite else { return nil }
        let base = best.factors.y + first
        let isInside = best.index > 0 && best.index < candidates.count - 1
        return Fit(
            timeConstant: Interval(candidates[best.index].timeConstant),
            gain: best.factors.x,
            base: HeartRate(base),
            error: HeartRate(best.error),
            isIdentifiable: isExcited && isInside && best.factors.x > 0 && Plausible.heartRate ~= base
        )
    }

    /// The least-squares gain, base and start for one τ, with the error that they leave.
    private func solve(_ sums: Candidate) -> (error: Double, factors: SIMD3<Double>)? {
        let n = Double(count)
        let right = SIMD3(sums.sumXY, sumY, sums.sumDY)
        let rows = SymmetricMatrix(
            xx: sums.sumXX,
            xy: sums.sumX,
            xz: sums.sumXD,
            yy: n,
            yz: sums.sumD,
            zz: sums.sumDD
        )
        guard let factors = rows.solve(right) else { return nil }
        let explained = (factors * right).sum()
        return ((max(0, sumYY - explained) / n).squareRoot(), factors)
    }
}
