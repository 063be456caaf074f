public import Units

/// An alarm for a W′ balance that runs out.
///
///     raised below 20 % of W′, cleared above 35 %
///
/// - First sample: counts like any other.
/// - Gap: the balance itself freezes, so nothing changes.
/// - Source: section 6.1 of the reference notes.
public struct LowReserve: Hashable, Sendable {
    private let low, high: Share
    public private(set) var isRaised = false

    /// - Parameters:
    ///   - low: Raised below.
    ///   - high: Cleared above; not less than `low`.
    public init(below low: Share = Share(20), above high: Share = Share(35)) {
        (self.low, self.high) = (low, max(low, high))
    }

    /// Takes the next share of ``WorkBalance``.
    public mutating func add(_ share: Share) -> AlarmChange? {
        if !isRaised, share < low {
            isRaised = true
            return .raised
        }
        if isRaised, share > high {
            isRaised = false
            return .cleared
        }
        return nil
    }
}
