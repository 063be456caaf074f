public import Units

/// An alarm for a heart rate that was there and is not any more.
///
///     raised  with the 10th second in a row without a rate, after a first one
///     cleared with the next rate
///
/// - First sample: a strap that was never heard is not lost.
/// - Gap: is what this looks for.
/// - Out of range: a rate outside ``Plausible/heartRate`` is none.
/// - Source: section 6.1 of the reference notes: no false alarm in ten hours of recordings.
public struct LostHeartRate: Hashable, Sendable {
    /// s
    public static let patience = 10

    private var missed: Int?
    public private(set) var isRaised = false

    public init() {}

    /// Takes the next second; `nil` when there is no rate.
    public mutating func add(_ rate: HeartRate?) -> AlarmChange? {
        if let rate, Plausible.heartRate ~= rate.value {
            missed = 0
            defer { isRaised = false }
            return isRaised ? .cleared : nil
        }
        guard let count = missed, count < Self.patience else { return nil }
        missed = count + 1
        guard count + 1 == Self.patience else { return nil }
        isRaised = true
        return .raised
    }
}
