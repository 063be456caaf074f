/// The time from one beat to the next, in whole microseconds: 1 µs to 16 s.
///
/// Whole numbers keep running sums exact for ever. Microseconds hold a millisecond exactly and 1/1024 s to
/// half a microsecond; the squares of 36 000 of the longest intervals fit into `Int64`, or those of
/// 9 million at 60 beats a minute.
///
/// - Source: 1/1024 s is the unit of GATT 2A37 and ANT+ heart rate; ms that of most files.
@frozen
public struct RRInterval: Hashable, Comparable, Sendable {
    public let microseconds: Int64

    /// - Returns: `nil` outside 1...16 000 000: a longer time is a pause, not an interval.
    @inlinable
    public init?(microseconds: Int64) {
        guard (1...16_000_000).contains(microseconds) else { return nil }
        self.microseconds = microseconds
    }

    /// - Returns: `nil` for what is not finite or out of range.
    @inlinable
    public init?(milliseconds: Double) {
        guard abs(milliseconds) < 1e6 else { return nil }
        self.init(microseconds: Int64((milliseconds * 1000).rounded()))
    }

    /// From the unit of sensors, 1/1024 s.
    @inlinable
    public init?(ticks: UInt16) {
        self.init(microseconds: (Int64(ticks) * 1_000_000 + 512) / 1024)
    }

    @inlinable public var milliseconds: Double { Double(microseconds) / 1000 }

    @inlinable public static func < (lhs: Self, rhs: Self) -> Bool { lhs.microseconds < rhs.microseconds }
}
