internal import Wire

// Draws from simple arithmetic alone. The module uses no function that is only nearly exact (sin, exp, log):
// the four operations, square root and rounding are exact by IEEE 754, so the same seed gives the same bytes
// on every machine.
extension SplitMix64 {
    /// 0 ≤ x < 1, 53 bits.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * unit()
    }

    /// A nearly normal number of mean 0 and variance 1, within ±3.47: four uniform ones added (Irwin-Hall).
    mutating func normal() -> Double {
        let bits = next()
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
        return (Double(sum) * 0x1p-16 - 2) * 1.732_050_807_568_877_2
    }

    mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// 0 ≤ n < count.
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    /// A generator of its own, so that what one part draws does not shift what another one gets.
    mutating func fork() -> SplitMix64 { SplitMix64(seed: next()) }
}

/// A value that wanders around 0 with variance 1 and forgets with a time constant (Ornstein-Uhlenbeck).
struct Wander: Hashable, Sendable {
    private(set) var value = 0.0
    private let keep, spread: Double

    /// - Parameters:
    ///   - timeConstant: Seconds until 1/e of a deviation is left.
    ///   - step: Seconds from one ``advance(using:)`` to the next; well below `timeConstant`.
    init(timeConstant: Double, step: Double) {
        keep = 1 - step / timeConstant
        spread = (1 - keep * keep).squareRoot()
    }

    mutating func advance(using random: inout SplitMix64) { value = keep * value + spread * random.normal() }
}
