/// A span of time in whole nanoseconds. Write `5 * .second`.
public typealias Nanoseconds = Int64

extension Nanoseconds {
    @inlinable public static var microsecond: Nanoseconds { 1_000 }
    @inlinable public static var millisecond: Nanoseconds { 1_000_000 }
    @inlinable public static var second: Nanoseconds { 1_000_000_000 }
    @inlinable public static var minute: Nanoseconds { 60_000_000_000 }
    @inlinable public static var hour: Nanoseconds { 3_600_000_000_000 }
}

/// A reading of CLOCK_BOOTTIME: nanoseconds since this boot, suspend included.
///
/// All logic runs on it. Wall-clock time is attached by an anchor, later, when messages leave.
@frozen
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static func < (lhs: Self, rhs: Self) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

    @inlinable public static func + (lhs: Self, rhs: Nanoseconds) -> Self {
        Self(nanoseconds: lhs.nanoseconds &+ rhs)
    }
    @inlinable public static func - (lhs: Self, rhs: Nanoseconds) -> Self {
        Self(nanoseconds: lhs.nanoseconds &- rhs)
    }
    @inlinable public static func - (lhs: Self, rhs: Self) -> Nanoseconds {
        lhs.nanoseconds &- rhs.nanoseconds
    }
}
