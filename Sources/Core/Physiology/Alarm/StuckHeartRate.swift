public import Units

/// An alarm for a heart rate that stands still while the effort does not.
///
///     raised  when the same rate came for 90 s or more and the 30 s mean of the effort within that time
///             differs by more than 25 % of its highest
///     cleared with another rate
///
/// Real recordings hold runs of 79 equal seconds, so 90 is the least.
///
/// - First sample: begins a run.
/// - Gap: a second without a rate ends the run; without effort it leaves the mean smaller.
/// - Out of range: a rate outside ``Plausible/heartRate`` or an effort outside ``Plausible/power`` is a gap.
/// - Source: section 6.1 of the reference notes.
public struct StuckHeartRate: Hashable, Sendable {
    private static let hold = 90

    private var effort = RollingPower(window: 30)
    private var last: HeartRate?
    private var count = 0
    private var lowest = Double.infinity
    private var highest = 0.0
    public private(set) var isRaised = false

    public init() {}

    /// Takes the next second; `nil` for what is not known. The effort is power or speed,
    /// of one kind throughout.
    public mutating func add(_ rate: HeartRate?, effort: Double?) -> AlarmChange? {
        if let effort, Plausible.power ~= effort {
            self.effort.add(Power(effort))
        } else {
            self.effort.miss()
        }
        let rate = rate.flatMap { Plausible.heartRate ~= $0.value ? $0 : nil }
        guard let rate, rate == last else {
            last = rate
            (count, lowest, highest) = (1, .infinity, 0)
            defer { isRaised = false }
            return isRaised ? .cleared : nil
        }
        count += 1
        if count >= 30, let mean = self.effort.mean?.value {
            lowest = min(lowest, mean)
            highest = max(highest, mean)
        }
        guard !isRaised, count >= Self.hold, highest - lowest > 0.25 * highest else { return nil }
        isRaised = true
        return .raised
    }
}
