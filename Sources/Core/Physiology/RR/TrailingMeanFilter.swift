/// Finds ectopic beats by the mean of the last nine: |RR − mean| < 20 % of that mean (Acar).
///
/// The mean is over those of the last nine that were kept; when none was, everything is discarded, so a
/// recording that jumps for good is lost: a comparison value, not for live use. The first nine pass.
///
/// - Complexity: O(9), no allocation.
/// - Source: B. Acar et al., Comput. Methods Programs Biomed. 2000; the form is that of hrv-analysis 1.0.5.
public struct TrailingMeanFilter: Sendable {
    private var last = Ring<RRInterval?>(capacity: 9, filler: nil)

    public init() {}

    /// - Parameter interval: The next one; `nil` when it was discarded before.
    /// - Returns: The same, or `nil` when it is to be discarded.
    public mutating func filter(_ interval: RRInterval?) -> RRInterval? {
        guard last.isFull else {
            last.append(interval)
            return interval
        }
        var sum: Int64 = 0
        var count: Int64 = 0
        for index in 0..<last.count {
            guard let kept = last[index] else { continue }
            sum += kept.microseconds
            count += 1
        }
        let result = interval.flatMap { interval -> RRInterval? in
            guard count > 0 else { return nil }
            let mean = Double(sum) / Double(count)
            return abs(mean - Double(interval.microseconds)) < 0.2 * mean ? interval : nil
        }
        last.append(result)
        return result
    }
}
