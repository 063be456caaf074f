public import Units

/// Whether a satellite fix is good enough for distances and speeds, and which share was not.
///
///     good: three-dimensional, HDOP ≤ 4, at least 6 satellites, speed ≤ 12.5 m/s
///
/// A receiver that does not tell a figure is not blamed for it. HDOP up to 2 is good, from 2 to 4 fair.
///
/// - Gap: adds nothing.
/// - Source: J. J. Malone, R. Lovell, M. C. Varley, A. J. Coutts, Int J Sports Physiol Perform 12 (2017)
///   S2-18 asks for satellites and HDOP in every report.
public struct FixGate: Hashable, Sendable {
    /// What a receiver tells of a fix.
    public struct Fix: Hashable, Sendable {
        public var isThreeDimensional: Bool?
        public var horizontalDilution: Double?
        public var satellites: Int?
        public var speed: Speed?

        public init() {}
    }

    public private(set) var accepted = 0
    public private(set) var rejected = 0

    public init() {}

    /// The share of fixes that were refused; `nil` before the first.
    public var rejectedShare: Share? {
        let count = accepted + rejected
        return count > 0 ? Share(100 * Double(rejected) / Double(count)) : nil
    }

    /// Judges a fix and counts it.
    public mutating func accept(_ fix: Fix) -> Bool {
        let isGood =
            (fix.isThreeDimensional ?? true)
            && 0...4 ~= (fix.horizontalDilution ?? 0)
            && (fix.satellites ?? 6) >= 6
            && Plausible.speed ~= (fix.speed?.value ?? 0)
        if isGood { accepted += 1 } else { rejected += 1 }
        return isGood
    }
}
