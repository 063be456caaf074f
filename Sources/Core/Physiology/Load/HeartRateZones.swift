public import Units

/// Where one zone of heart rates ends and the next begins.
///
/// n bounds make n + 1 zones, zone 0 below the first bound. A rate on a bound belongs to the upper zone.
public struct HeartRateZones: Hashable, Sendable {
    /// 50, 60, 70, 80 and 90 %: the five zones of Edwards, and the time below them.
    public static let decades = [50.0, 60, 70, 80, 90].map { Share($0) }

    /// Rising, 1...10 of them.
    public let bounds: [HeartRate]

    /// Own bounds, such as those of a threshold test. Fails unless they are 1...10, rise and are plausible.
    public init?(bounds: [HeartRate]) {
        guard 1...10 ~= bounds.count, bounds.allSatisfy({ Plausible.heartRate ~= $0.value }),
            zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        self.bounds = bounds
    }

    /// Bounds at shares of the maximum.
    public init?(ofMaximum shares: [Share] = decades, _ range: HeartRateRange) {
        guard shares.allSatisfy({ 0...200 ~= $0.value }) else { return nil }
        self.init(bounds: shares.map(range.rate(atMaximum:)))
    }

    /// Bounds at shares of the reserve (Karvonen).
    public init?(ofReserve shares: [Share] = decades, _ range: HeartRateRange) {
        guard shares.allSatisfy({ 0...200 ~= $0.value }) else { return nil }
        self.init(bounds: shares.map(range.rate(atReserve:)))
    }

    public var count: Int { bounds.count + 1 }

    /// The zone of a rate, from 0.
    public func index(of rate: HeartRate) -> Int {
        var index = 0
        while index < bounds.count, rate >= bounds[index] { index += 1 }
        return index
    }
}
