public import Units
public import Wire

/// How much of the time a total was really measured, and how much of it was not.
///
/// Every total carries one. A gap adds to ``missed`` and to nothing else, so a total is a lower bound and
/// its coverage says how much of the session it speaks of.
public struct Coverage: Hashable, Sendable {
    /// Below it a summary is better not shown: 80 % (chosen; section 2.4 of the reference notes).
    public static let publishable = Share(80)

    public private(set) var measured: Nanoseconds = 0
    public private(set) var missed: Nanoseconds = 0

    public init() {}

    /// 0...100 %; `nil` before anything was told.
    public var share: Share? {
        let whole = Double(measured) + Double(missed)
        return whole > 0 ? Share(100 * Double(measured) / whole) : nil
    }

    /// Whether enough was measured for the total to be shown.
    public var isPublishable: Bool { share.map { $0 >= Self.publishable } ?? false }

    /// Counts measured time.
    ///
    /// - Parameter duration: At least 0; a day at most in one call.
    public mutating func add(_ duration: Nanoseconds) { measured += Self.checked(duration) }

    /// Counts time without a usable sample.
    ///
    /// - Parameter duration: At least 0; a day at most in one call.
    public mutating func miss(_ duration: Nanoseconds) { missed += Self.checked(duration) }

    /// Durations are differences of our own clock, so one that runs backwards is a programming error.
    private static func checked(_ duration: Nanoseconds) -> Nanoseconds {
        precondition(0...24 * .hour ~= duration)
        return duration
    }
}

extension Nanoseconds {
    /// In seconds.
    @inlinable public var seconds: Double { Double(self) / 1e9 }

    /// In minutes.
    @inlinable public var minutes: Double { Double(self) / 60e9 }
}
