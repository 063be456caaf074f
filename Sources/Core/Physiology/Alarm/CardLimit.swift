public import Wire

/// At most one card of a kind for an athlete in three minutes, however often its alarm flickers.
///
/// One value for each athlete and kind. What is held back is counted, so that a card can say how often.
///
/// - Source: section 6.1 of the reference notes.
public struct CardLimit: Hashable, Sendable {
    private let interval: Nanoseconds
    private var last: Instant?
    /// Since the last card that was let through.
    public private(set) var heldBack = 0

    public init(interval: Nanoseconds = 3 * .minute) { self.interval = interval }

    /// Whether a card may be shown now; if so, it is taken as shown.
    public mutating func allows(at time: Instant) -> Bool {
        if let last, time - last < interval {
            heldBack += 1
            return false
        }
        (last, heldBack) = (time, 0)
        return true
    }
}
