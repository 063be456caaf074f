internal import Glibc  // log only.
public import Wire

/// DFA alpha 1: the short-term scaling exponent of the intervals by detrended fluctuation analysis.
///
///     y(k) = Σ (RR(i) − mean),  boxes of n = 4, 5 … 16 beats from the start, without overlap,
///     F(n) = √(mean over the boxes of the mean squared residual of a line),
///     α1   = slope of log F(n) on log n
///
/// About 1...1.5 easy, 0.75 near the aerobic threshold, 0.5 near the anaerobic one. One window of 120 s has a
/// standard deviation of 0.06...0.09 and a bias of about +0.07, so it cannot tell 0.75 from 0.65: show a
/// median of 3 to 5 min and a band. Other definitions (boxes from both ends, n = 4...11, mean of root
/// residuals) differ by 0.03...0.15 on clean windows and by far more on others; do not mix.
///
/// Artefacts are left out before; with more than 5 % of them, or fewer than 64 clean beats, there is no
/// value. Constant intervals have none either.
///
/// - Complexity: 13 passes over the window, about 4 500 terms for 350 beats: call it every 5 s, not at
///   each beat. No allocation.
/// - Source: C.-K. Peng et al., Chaos 5 (1995) 82; thresholds: T. Gronwald, B. Rogers and O. Hoos, Front.
///   Physiol. 11 (2020). Equal to NeuroKit2 0.2.13 (scale 4...16, no overlap) where no box is constant.
public struct FractalScaling: Sendable {
    /// The length of window that α1 is defined for here.
    public static let windowLength: Nanoseconds = 120 * .second
    public static let fewestBeats = 64
    /// %.
    public static let mostArtefacts = 5.0

    /// How the boxes are laid.
    public enum Definition: Sendable {
        /// As above. What the product shows.
        case fromStart
        /// As exercise apps do, for comparison with them: boxes from both ends, and 30 scales evenly spaced
        /// in log n, rounded down. Scales that come several times weigh more, and the lowest rounds to 3.
        case fromBothEnds
    }

    private static let everyScale = Array(4...16)
    private static let logarithmicScales = [
        3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 9, 9, 9, 10, 10, 11, 12, 12, 13, 13, 14, 15, 16,
    ]

    private let definition: Definition
    private var profile: [Double]

    /// Makes room for windows.
    ///
    /// - Parameters:
    ///   - definition: How the boxes are laid.
    ///   - capacity: The most beats of a window.
    public init(_ definition: Definition = .fromStart, capacity: Int = 512) {
        self.definition = definition
        profile = Array(repeating: 0, count: max(capacity, 16))
    }

    /// α1 of a window, if it is clean enough.
    public mutating func alpha1(of window: RRWindow) -> Double? {
        guard let artefacts = window.artefactShare, artefacts <= Self.mostArtefacts,
            window.statistics.beats >= Self.fewestBeats, window.statistics.beats <= profile.count,
            let mean = window.statistics.meanRR
        else { return nil }
        var count = 0
        var sum = 0.0
        window.forEachClean { interval, _ in
            sum += interval.milliseconds - mean
            profile[count] = sum
            count += 1
        }
        return slope(count)
    }

    /// Least squares of log F on log n.
    private func slope(_ count: Int) -> Double? {
        let scales = definition == .fromStart ? Self.everyScale : Self.logarithmicScales
        var sums = (x: 0.0, y: 0.0, xx: 0.0, xy: 0.0)
        for size in scales {
            let fluctuation = meanSquareResidual(count, size)
            guard fluctuation > 0 else { return nil }
            let (x, y) = (log(Double(size)), log(fluctuation) / 2)
            sums = (sums.x + x, sums.y + y, sums.xx + x * x, sums.xy + x * y)
        }
        let n = Double(scales.count)
        return (n * sums.xy - sums.x * sums.y) / (n * sums.xx - sums.x * sums.x)
    }

    /// The mean over the boxes of `size` beats.
    private func meanSquareResidual(_ count: Int, _ size: Int) -> Double {
        let boxes = count / size
        var total = 0.0
        for box in 0..<boxes { total += squareResiduals(box * size, size) }
        guard definition == .fromBothEnds else { return total / Double(size * boxes) }
        for box in 0..<boxes { total += squareResiduals(count - (box + 1) * size, size) }
        return total / Double(2 * size * boxes)
    }

    /// What a line of least squares leaves of one box. Through equidistant points it needs two sums only:
    /// Σy² − (Σy)²/n − (Σ(i − ī)y)²/Σ(i − ī)².
    private func squareResiduals(_ start: Int, _ size: Int) -> Double {
        let n = Double(size)
        let first = profile[start]
        var (sum, squares, moment) = (0.0, 0.0, 0.0)
        for index in 0..<size {
            let value = profile[start + index] - first
            sum += value
            squares += value * value
            moment += (Double(index) - (n - 1) / 2) * value
        }
        return max(0, squares - sum * sum / n - moment * moment / (n * (n * n - 1) / 12))
    }
}
