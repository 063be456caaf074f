import Units
import Wire

/// Follows the roll-over distance of a machine through loss, repetition and reordering. The total never
/// falls.
///
/// A step forward is believed when it agrees with the time that passed since the page before:
///
///     distance ≤ 16 m + one unit + 16 m/s · silence      nothing here goes faster
///     silence  < the time in which 16 m/s turn the counter once, at most 30 min
///
/// Up to 16 m and one unit backwards is a page that arrived late. After anything else counting resumes at the
/// page, and the gap counts as nothing.
struct DistanceCounter: Hashable, Sendable {
    private var counter: RolloverCounter
    private let unit: Double
    private let turn: UInt64
    private var arrival: Instant?
    private var lateInSuccession = 0

    private static let fastest = 16.0
    private static let slack = 16.0
    private static let silenceMaximum = 30 * 60.0
    /// After two seconds of late pages the machine has restarted; late pages come singly.
    private static let lateLimit = 8

    /// - Parameters:
    ///   - bits: The width of the counter on the wire, 1...32.
    ///   - unit: What it counts, m.
    init(bits: Int, unit: Double) {
        (counter, self.unit, turn) = (RolloverCounter(bits: bits), unit, 1 << UInt64(bits))
    }

    /// Covered since the first page.
    var total: Distance { Distance(Double(counter.total) * unit) }

    /// Takes in the counter of one page; answers `false`, with nothing changed, when the page is a late one.
    mutating func take(_ reading: some UnsignedInteger, at time: Instant) -> Bool {
        if let arrival, let units = counter.increment(to: reading) {
            let silence = Double(max(0, time - arrival)) / 1e9
            let limit = Self.slack + unit
            let silenceLimit = min(Self.silenceMaximum, Double(turn) * unit / Self.fastest)
            let isForward = Double(units) * unit <= limit + Self.fastest * silence
            let isBehind = Double(turn - units) * unit <= limit
            if isBehind, !isForward, silence < silenceLimit, lateInSuccession < Self.lateLimit {
                lateInSuccession += 1
                return false
            }
            if !isForward || silence >= silenceLimit { counter.resynchronise() }
        }
        counter.advance(to: reading)
        arrival = time
        lateInSuccession = 0
        return true
    }

    /// Forgets where the counter stood, so that the next page only marks where counting resumes.
    mutating func resynchronise() { counter.resynchronise() }
}
