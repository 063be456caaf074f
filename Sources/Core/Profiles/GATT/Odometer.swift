import Units
import Wire

/// Follows a total distance that wraps, or that starts again when its sensor does.
///
/// What counts is the growth since the first value. Growth of more than 100 m + 20 m/s · silence is none:
/// the sensor started again, and counting resumes there.
struct Odometer: Hashable, Sendable {
    private var counter: RolloverCounter
    private let perMetre: Double
    private var last: Instant?

    /// - Parameters:
    ///   - bits: The width of the total.
    ///   - perMetre: How many of its units are a metre.
    init(bits: Int, perMetre: Double) {
        counter = RolloverCounter(bits: bits)
        self.perMetre = perMetre
    }

    /// Takes in the sensor's total; answers what was covered since the first one.
    mutating func take(_ total: UInt32, at time: Instant) -> Distance {
        if let last, let growth = counter.increment(to: total) {
            let seconds = Double(max(0, time - last)) / 1e9
            if Double(growth) > perMetre * (100 + 20 * seconds) { counter.resynchronise() }
        }
        counter.advance(to: total)
        last = time
        return Distance(Double(counter.total) / perMetre)
    }
}
