/// How the readings of a sensor are to be understood: what the operator and its model say about it.
public struct SensorTraits: Hashable, Sendable {
    /// Metres that its wheel covers in one turn; `nil` when nobody said, and then there is no speed.
    public var wheelCircumference: Double?
    /// What its speed and its distances are multiplied by.
    public var calibration = 1.0
    /// Whether it moves as fast as a person on foot; else as fast as a bicycle.
    public var isOnFoot = true
    /// Whether what it tells of cranks is about cranks. A runner's power meter fills that field with steps.
    public var hasCranks = true

    public init() {}
}
