/// Turns a narrow counter that wraps around into a growing total.
///
/// Sensors broadcast counts of 4 to 32 bits. The difference of two readings, taken modulo the counter's
/// width, is the true increment as long as the counter wrapped at most once in between. After a longer
/// silence the increment is unknowable: call ``resynchronise()``, which counts the gap as nothing rather
/// than as something invented.
public struct RolloverCounter: Hashable, Sendable {
    private let mask: UInt64
    private var previous: UInt64?

    /// The sum of all increments seen.
    public private(set) var total: UInt64 = 0

    /// - Parameter bits: The width of the counter on the wire, 1...32.
    public init(bits: Int) {
        precondition((1...32).contains(bits))
        mask = (1 << bits) - 1
    }

    /// How far `reading` lies ahead of the previous one, modulo the width; `nil` before the first.
    public func increment(to reading: some UnsignedInteger) -> UInt64? {
        previous.map { (UInt64(truncatingIfNeeded: reading) &- $0) & mask }
    }

    /// Records a reading. The first one only marks where counting starts.
    public mutating func advance(to reading: some UnsignedInteger) {
        total += increment(to: reading) ?? 0
        previous = UInt64(truncatingIfNeeded: reading) & mask
    }

    /// Forgets the previous reading, so that the next one only marks where counting resumes.
    public mutating func resynchronise() { previous = nil }
}
