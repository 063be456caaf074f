import Units
import Wire

/// Follows the four roll-over values of a torque page: updates (8 bits), ticks (turns, 8 bits), period (16
/// bits, 1/2048 s) and torque (16 bits, 1/32 Nm), the last two accumulated with each update.
///
///     power = 2π · (ΔT / 32 / Δn) · Δn / (Δp / 2048) = 128π · ΔT / Δp      W
///     rate  = 60 · Δn / (Δp / 2048)                                        turns/min
///
/// Believed up to 8 updates, where neither sum can have turned unless a turn took more than 4 s or more than
/// 256 Nm. An update without any period has neither power nor rate.
struct TorqueCounter: Hashable, Sendable {
    /// What the updates since the page before say.
    struct Advance: Hashable, Sendable {
        var power: Power?
        var rate: RotationRate?
    }

    private static let updatesLimit = 8

    private var updates = UpdateCounter(staleAfter: PowerCounter.staleAfter)
    private var turns = RolloverCounter(bits: 8)
    private var period: UInt16 = 0
    private var torque: UInt16 = 0

    /// Turns since the first page.
    var total: UInt64 { turns.total }

    /// Takes in the values of one page; answers `nil` when it holds nothing new.
    mutating func take(
        updates count: UInt8,
        ticks: UInt8,
        period newPeriod: UInt16,
        torque newTorque: UInt16,
        at time: Instant
    ) -> Advance? {
        let step = updates.take(count, at: time)
        let (addedPeriod, addedTorque) = (newPeriod &- period, newTorque &- torque)
        switch step {
        case .late, .repeated: return nil
        case .started: turns.resynchronise()
        case .updates: break
        }
        (period, torque) = (newPeriod, newTorque)
        turns.advance(to: ticks)
        guard case .updates(let count) = step else { return nil }
        guard count <= Self.updatesLimit, addedPeriod > 0 else { return Advance() }
        return Advance(
            power: Power(Self.power(torque: Int(addedTorque), period: Int(addedPeriod))),
            rate: RotationRate(Self.rate(updates: count, period: Int(addedPeriod)))
        )
    }

    /// Whether the newest page is at most 3 s older than the newest update.
    func isFresh(at time: Instant) -> Bool { updates.isFresh(at: time) }

    /// W, of torque in 1/32 Nm and a period other than 0 in 1/2048 s.
    static func power(torque: Int, period: Int) -> Double { 128 * .pi * Double(torque) / Double(period) }

    /// Turns/min, of updates and a period other than 0 in 1/2048 s.
    static func rate(updates: Int, period: Int) -> Double { 60 * 2048 * Double(updates) / Double(period) }
}
