/// What somebody who has the sensor in hand knows of it, and its frames do not tell.
public struct SensorSettings: Hashable, Sendable {
    /// The foot on which a pod is worn.
    public enum Side: String, CaseIterable, Hashable, Sendable { case left, right }

    /// Chosen: from the roller of a kick scooter to a wheel larger than any bicycle has. Metres.
    public static let circumferences = 0.3...4.0
    /// Chosen: a pod that is further off than this is worn wrongly or broken.
    public static let calibrations = 0.5...2.0
    /// With which the numbers are written: finer than anybody measures.
    public static let decimals = 6

    /// The way that a wheel covers in one turn, metres; without it a wheel has no speed.
    public var wheelCircumference: Double?
    /// What the speed and the distance of a pod are multiplied by.
    public var calibration: Double?
    public var side: Side?

    public init() {}

    public var isEmpty: Bool { self == SensorSettings() }
}
