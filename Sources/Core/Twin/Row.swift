public import Wire

/// What is known of one athlete for one second (T − 1 s, T]. A fixed-size value: nothing in it allocates.
///
/// A metric that is not known is absent, never zero.
public struct Row: Hashable, Sendable {
    /// T, the end of the second, on the grid.
    public var time: Instant
    /// Beats that were reported in this second.
    public var beats = Beats()

    private var present: UInt32 = 0
    private var values = SIMD32<Double>()
    private var ages = SIMD32<Float>()
    private var measuredQuality: UInt8 = 0
    private var qualities = SIMD8<Float>()
    private var sensors = SIMD8<UInt64>()

    public init(time: Instant) { self.time = time }

    /// The value of a metric, or `nil` when it is not known.
    public subscript(metric: Metric) -> Double? {
        get { isPresent(metric) ? values[Int(metric.rawValue)] : nil }
        set {
            let bit: UInt32 = 1 << metric.rawValue
            if let newValue {
                present |= bit
                values[Int(metric.rawValue)] = newValue
            } else {
                present &= ~bit
                values[Int(metric.rawValue)] = 0
                ages[Int(metric.rawValue)] = 0
            }
        }
    }

    public func isPresent(_ metric: Metric) -> Bool { present & 1 << metric.rawValue != 0 }

    /// Whether the row says anything that belongs to the group.
    func isPresent(_ group: MetricGroup) -> Bool {
        present & MetricGroup.metrics[Int(group.rawValue)] != 0 || group == .heartRate && !beats.isEmpty
    }

    /// Whether the row says anything at all.
    public var isEmpty: Bool { present == 0 && beats.isEmpty }

    /// How old the value of a metric is at T, seconds.
    public func age(of metric: Metric) -> Float { ages[Int(metric.rawValue)] }
    public mutating func setAge(_ seconds: Float, of metric: Metric) { ages[Int(metric.rawValue)] = seconds }

    /// The share of the expected messages of a group that arrived, 0...1; `nil` when no rate is known.
    public func quality(of group: MetricGroup) -> Float? {
        measuredQuality & 1 << group.rawValue != 0 ? qualities[Int(group.rawValue)] : nil
    }
    public mutating func setQuality(_ share: Float, of group: MetricGroup) {
        measuredQuality |= 1 << group.rawValue
        qualities[Int(group.rawValue)] = share
    }

    /// The sensor that feeds a group.
    public func sensor(of group: MetricGroup) -> SensorID? {
        let raw = sensors[Int(group.rawValue)]
        return raw == 0 ? nil : SensorID(rawValue: raw)
    }
    public mutating func setSensor(_ sensor: SensorID, of group: MetricGroup) {
        sensors[Int(group.rawValue)] = sensor.rawValue
    }

    /// Whether two rows were fed by the same sensors, so that one message block can hold both.
    public func hasSameSensors(as other: Row) -> Bool { sensors == other.sensors }
}

/// Up to 32 intervals between beats, oldest first, in place.
///
/// 32 in a second is far above any heart; more come only from a sensor that empties its memory after a
/// radio gap, and then the oldest stay and ``isTruncated`` says that some were dropped.
public struct Beats: Hashable, Sendable {
    public static let capacity = 32

    /// 1/10 ms, the resolution of messages and store.
    private var tenths = SIMD32<UInt16>()
    private var artefacts: UInt32 = 0
    public private(set) var count = 0
    public private(set) var isTruncated = false

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// Adds an interval, at most 6.5535 s.
    public mutating func append(milliseconds: Double, isArtefact: Bool = false) {
        let scaled = (milliseconds * 10).rounded(.toNearestOrAwayFromZero)
        append(tenths: UInt16(min(max(scaled, 0), 65535)), isArtefact: isArtefact)
    }

    /// Adds an interval in 1/10 ms.
    public mutating func append(tenths value: UInt16, isArtefact: Bool = false) {
        guard count < Self.capacity else {
            isTruncated = true
            return
        }
        tenths[count] = value
        if isArtefact { artefacts |= 1 << UInt32(count) }
        count += 1
    }

    /// The interval at `index`, 1/10 ms.
    public subscript(index: Int) -> UInt16 {
        precondition(index < count)
        return tenths[index]
    }

    public func isArtefact(_ index: Int) -> Bool { artefacts & 1 << UInt32(index) != 0 }
    public var hasArtefacts: Bool { artefacts != 0 }
}
