internal import Glibc

/// A day's load, smoothed exponentially over the days.
///
///     y += λ · (load − y)
///
/// Two forms are in use and differ for the "same" 7 days (λ 0.25 against 0.133), so the form is named:
///
///     span N:            λ = 2 / (N + 1)          EWMA 7 and 28
///     time constant τ:   λ = 1 − e^(−1/τ)         ATL 7 and CTL 42
///
/// Loads in the unit of the load that is put in.
///
/// - First day: smoothed into the seed. A seed of 0 makes the value low for three time constants; give the
///   usual daily load when it is known.
/// - Gap: a day without training is a load of 0 and must be added. A day that nobody knows of is not 0:
///   leave it out and say so.
/// - Out of range: a load below 0 or above 10 000 is refused and changes nothing.
/// - Source: S. Williams, S. West, M. J. Cross, K. A. Stokes, Br J Sports Med 51 (2017) 209 (span);
///   E. W. Banister, T. W. Calvert, Can J Appl Sport Sci 5 (1980) 170 (time constant).
public struct ExponentialLoad: Hashable, Sendable {
    public enum Form: Hashable, Sendable {
        /// Days, at least 1.
        case span(Int)
        /// Days, at least 1.
        case timeConstant(Int)

        var weight: Double {
            switch self {
            case .span(let days): 2 / (Double(max(1, days)) + 1)
            case .timeConstant(let days): 1 - exp(-1 / Double(max(1, days)))
            }
        }
    }

    /// What a day's load can be.
    public static let plausible = 0.0...10_000.0

    private let weight: Double
    public private(set) var value: Double
    public private(set) var days = 0

    /// - Parameters:
    ///   - form: How the weight follows from the days.
    ///   - seed: The load of a day before the first, clamped to ``plausible``.
    public init(_ form: Form, seed: Double = 0) {
        weight = form.weight
        value = min(max(seed, Self.plausible.lowerBound), Self.plausible.upperBound)
    }

    /// Takes the load of the next day.
    ///
    /// - Returns: Whether it was plausible.
    @discardableResult
    public mutating func add(_ load: Double) -> Bool {
        guard Self.plausible ~= load else { return false }
        value += weight * (load - value)
        days += 1
        return true
    }
}
