/// The newest `capacity` values in ascending order: median and median absolute deviation of a trailing
/// window.
///
/// Of an even count, a median is the mean of the middle two.
///
/// - Complexity: O(capacity) for each call, about 4 compares per value of the window; no allocation.
struct SortedWindow: Sendable {
    private var newest: Ring<Double>
    private var sorted: [Double]

    init(capacity: Int) {
        newest = Ring(capacity: capacity, filler: 0)
        sorted = Array(repeating: 0, count: capacity)
    }

    var count: Int { newest.count }

    /// Adds a value and forgets the oldest when the window is full.
    ///
    /// - Precondition: `value` is finite.
    mutating func add(_ value: Double) {
        precondition(value.isFinite)
        var count = newest.count
        if newest.isFull {
            let oldest = newest[0]
            var index = 0
            while sorted[index] != oldest { index += 1 }
            while index + 1 < count {
                sorted[index] = sorted[index + 1]
                index += 1
            }
            count -= 1
        }
        var index = count
        while index > 0, sorted[index - 1] > value {
            sorted[index] = sorted[index - 1]
            index -= 1
        }
        sorted[index] = value
        newest.append(value)
    }

    mutating func removeAll() { newest.removeAll() }

    /// `nil` when the window is empty.
    var median: Double? {
        let count = newest.count
        guard count > 0 else { return nil }
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }

    /// The median of |value − median|; `nil` when the window is empty.
    var medianDeviation: Double? {
        guard let median else { return nil }
        // Deviations in ascending order, taken from the two sides of the median in turn.
        let count = newest.count
        var below = (count - 1) / 2
        var above = below + 1
        var previous = 0.0
        var current = 0.0
        for _ in 0...(count / 2) {
            let down = below >= 0 ? median - sorted[below] : .infinity
            let up = above < count ? sorted[above] - median : .infinity
            previous = current
            if down <= up {
                current = down
                below -= 1
            } else {
                current = up
                above += 1
            }
        }
        return count.isMultiple(of: 2) ? (previous + current) / 2 : current
    }
}
