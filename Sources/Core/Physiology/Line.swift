/// The least-squares line y = intercept + slope · x through a few points.
struct Line {
    let slope: Double
    let intercept: Double
    let count: Int

    /// Fails for fewer than two points, for points above each other, and when a number is not finite.
    init?(fitting points: [(x: Double, y: Double)]) {
        guard points.count >= 2 else { return nil }
        let n = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.x } / n
        let meanY = points.reduce(0) { $0 + $1.y } / n
        let sxx = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        let sxy = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
        guard sxx > 0 else { return nil }
        slope = sxy / sxx
        intercept = meanY - sxy / sxx * meanX
        count = points.count
        guard slope.isFinite, intercept.isFinite else { return nil }
    }
}
