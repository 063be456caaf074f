import Units
import Wire

/// Follows the three roll-over values of a crank-torque-frequency page: updates (8 bits), time (16 bits,
/// 1/2000 s) and torque ticks (16 bits).
///
///     rate   = 60 · Δn / (Δt / 2000)                          turns/min
///     torque = (Δticks / (Δt / 2000) − offset) / (slope / 10) Nm, offset in Hz, slope in 0.1 Nm/Hz as sent
///     power  = 2π · torque · rate / 60                        W, at least 0
///
/// The offset is what the sensor said in its last calibration. Without it torque and power are not known.
struct TorqueFrequencyCounter: Hashable, Sendable {
    private var updates = UpdateCounter(staleAfter: PowerCounter.staleAfter)
    private var time: UInt16 = 0
    private var ticks: UInt16 = 0

    /// Takes in the values of one page; answers `nil` when it holds nothing new.
    mutating func take(
        updates count: UInt8,
        slope: UInt16,
        time newTime: UInt16,
        ticks newTicks: UInt16,
        offset: UInt16?,
        at arrival: Instant
    ) -> TorqueCounter.Advance? {
        let step = updates.take(count, at: arrival)
        if step == .late { return nil }
        let (elapsed, added) = (newTime &- time, newTicks &- ticks)
        (time, ticks) = (newTime, newTicks)
        guard case .updates(let count) = step else { return nil }
        guard elapsed > 0 else { return TorqueCounter.Advance() }
        let rate = Self.rate(updates: count, time: Int(elapsed))
        let power = offset.flatMap { offset in
            Self.torque(ticks: Int(added), time: Int(elapsed), slope: slope, offset: offset).map {
                Power(max(0, 2 * .pi * $0 * rate / 60))
            }
        }
        return TorqueCounter.Advance(power: power, rate: RotationRate(rate))
    }

    /// Turns/min, of updates and a time other than 0 in 1/2000 s.
    static func rate(updates: Int, time: Int) -> Double { 60 * 2000 * Double(updates) / Double(time) }

    /// Nm, or `nil` when the sensor tells no slope.
    static func torque(ticks: Int, time: Int, slope: UInt16, offset: UInt16) -> Double? {
        guard slope > 0 else { return nil }
        return (Double(ticks) * 2000 / Double(time) - Double(offset)) / (Double(slope) / 10)
    }
}
