import Wire

/// The newest accepted value of each metric, and when it was accepted. A fixed-size value.
struct Samples: Hashable, Sendable {
    private var present: UInt32 = 0
    private var values = SIMD32<Double>()
    /// Nanoseconds, as ``Instant`` has them.
    private var times = SIMD32<Int64>()

    subscript(metric: Metric) -> Double? {
        present & 1 << metric.rawValue != 0 ? values[Int(metric.rawValue)] : nil
    }

    mutating func set(_ metric: Metric, _ value: Double, at time: Instant) {
        present |= 1 << metric.rawValue
        values[Int(metric.rawValue)] = value
        times[Int(metric.rawValue)] = time.nanoseconds
    }

    /// Shows in `row` what is not past its staleness bound.
    func show(in row: inout Row) {
        var rest = present
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            guard let metric = Metric(rawValue: UInt8(index)) else { continue }
            row.show(metric, values[index], from: Instant(nanoseconds: times[index]))
        }
    }
}

extension Row {
    /// Shows a value that was accepted at `time`, unless that is too long ago.
    mutating func show(_ metric: Metric, _ value: Double, from time: Instant) {
        let age = max(0, self.time - time)
        guard age <= metric.group.staleness else { return }
        self[metric] = value
        if age > .second { setAge(Float(age) / 1e9, of: metric) }
    }
}
