public import Profiles
import Units
public import Wire

/// The live state of one athlete: readings of several sensors go in, one row a second comes out.
///
/// A value out of its bounds is counted and dropped, a value past its staleness bound is not shown, and a
/// gap stays a gap.
public struct Twin: Hashable, Sendable {
    /// Past this age a value of heart rate, motion, power or position is not known any more.
    /// Source: the contract, section 2.
    public static let staleness = 5 * Nanoseconds.second

    /// Hard bounds. Source: the project's physiology reference, section 2.2 (plausibility bounds).
    static let heartRates = HeartRate(25)...HeartRate(250)
    static let beatIntervals = 250.0...2400.0  // ms
    static let speeds = Speed(0)...Speed(12.5)
    static let cadences = Cadence(0)...Cadence(260)
    static let stepLengths = Distance(0.1)...Distance(3)
    /// A foot pod's cadence above this at running speed counts steps although its profile says strides.
    static let strideRateMaximum = StrideRate(130)
    static let strideRateSpeedMaximum = Speed(7)

    /// Readings that were out of their bounds.
    public private(set) var implausibleCount: UInt64 = 0

    private var heart = SourceSelector()
    private var motion = SourceSelector()

    private var heartRate: Sample?
    private var beats = Beats()
    private var speed: Sample?
    private var cadence: Sample?
    private var stepLength: Sample?
    private var distance = Accumulator()
    private var steps = Accumulator()

    /// A value and when it was accepted.
    private struct Sample: Hashable, Sendable {
        var value: Double
        var time: Instant
    }

    /// A sum since the first reading, what it was when the session started, and when it last was told, even
    /// if it did not grow.
    private struct Accumulator: Hashable, Sendable {
        var total = 0.0
        var sessionStart = 0.0
        var time: Instant?

        var sample: Sample? { time.map { Sample(value: total - sessionStart, time: $0) } }
    }

    public init() {}

    /// The sensor that feeds a group now.
    public func sensor(of group: MetricGroup) -> SensorID? {
        switch group {
        case .heartRate: heart.sensor
        case .motion: motion.sensor
        case .power, .position, .muscleOxygen, .temperature: nil
        }
    }

    /// A message of a sensor that feeds `group` arrived, whatever it said: what quality counts.
    public mutating func hear(_ sensor: SensorID, group: MetricGroup, rate: Double, at time: Instant) {
        switch group {
        case .heartRate: Self.count(sensor, rate: rate, at: time, in: &heart)
        case .motion: Self.count(sensor, rate: rate, at: time, in: &motion)
        case .power, .position, .muscleOxygen, .temperature: break
        }
    }

    private static func count(
        _ sensor: SensorID,
        rate: Double,
        at time: Instant,
        in selector: inout SourceSelector
    ) {
        guard let index = selector.index(of: sensor, rate: rate, at: time) else { return }
        selector.withSource(index) {
            $0.rate = rate
            $0.received += 1
        }
    }

    /// Takes in one reading of one of this athlete's sensors. Times must not decrease.
    public mutating func take(_ reading: Reading, from sensor: SensorID, at time: Instant) {
        switch reading.group {
        case .heartRate: takeHeart(reading, from: sensor, at: time)
        case .motion: takeMotion(reading, from: sensor, at: time)
        case .power, .position, .muscleOxygen, .temperature, nil: break
        }
    }

    /// A session begins: what counts from its start counts from here.
    public mutating func startSession() {
        distance.sessionStart = distance.total
        steps.sessionStart = steps.total
        motion.settleCounters()
    }

    /// The session ended: distance and steps count from the first reading again.
    public mutating func endSession() {
        distance.sessionStart = 0
        steps.sessionStart = 0
    }

    /// The sensor belongs to somebody else from now on.
    public mutating func remove(_ sensor: SensorID) {
        heart.remove(sensor)
        motion.remove(sensor)
    }

    /// Ends the second (time − 1 s, time].
    ///
    /// - Returns: The row, or `nil` when nothing is known within its staleness bound.
    public mutating func closeSecond(at time: Instant) -> Row? {
        var row = Row(time: time)
        set(.heartRate, heartRate, in: &row)
        row.beats = beats
        beats = Beats()

        set(.speed, speed, in: &row)
        if let speed = row[.speed], speed >= 0.5 {
            row[.pace] = 1000 / speed
            row.setAge(row.age(of: .speed), of: .pace)
        }
        set(.distance, distance.sample, in: &row)
        set(.steps, steps.sample, in: &row)
        set(.cadence, cadence, in: &row)
        set(.stepLength, stepLength, in: &row)

        let heartQuality = heart.takeQuality()
        let motionQuality = motion.takeQuality()
        guard !row.isEmpty else { return nil }
        if row.isPresent(.heartRate) || !row.beats.isEmpty, let sensor = heart.sensor {
            row.setSensor(sensor, of: .heartRate)
            if let heartQuality { row.setQuality(heartQuality, of: .heartRate) }
        }
        if row.hasMotion, let sensor = motion.sensor {
            row.setSensor(sensor, of: .motion)
            if let motionQuality { row.setQuality(motionQuality, of: .motion) }
        }
        return row
    }

    private func set(_ metric: Metric, _ sample: Sample?, in row: inout Row) {
        guard let sample else { return }
        let age = max(0, row.time - sample.time)
        guard age <= Self.staleness else { return }
        row[metric] = sample.value
        if age > .second { row.setAge(Float(age) / 1e9, of: metric) }
    }

    // MARK: Heart

    private mutating func takeHeart(_ reading: Reading, from sensor: SensorID, at time: Instant) {
        guard let index = heart.index(of: sensor, rate: 0, at: time) else { return }
        switch reading {
        case .heartRate(let rate):
            guard Self.heartRates.contains(rate) else { return countImplausible() }
            guard believeHeart(index, at: time) else { return }
            heartRate = Sample(value: rate.value, time: time)
        case .beat(let beat):
            guard Self.beatIntervals.contains(beat.milliseconds) else { return countImplausible() }
            heart.withSource(index) { $0.isRich = true }
            guard believeHeart(index, at: time) else { return }
            beats.append(milliseconds: beat.milliseconds)
        case .contact(let isTouching): heart.withSource(index) { $0.hasContact = isTouching }
        default: break
        }
    }

    /// A sensor off the skin has nothing to say, so that one on the skin takes over.
    private mutating func believeHeart(_ index: Int, at time: Instant) -> Bool {
        heart.sources[index].hasContact && heart.believe(index, at: time)
    }

    // MARK: Motion

    private mutating func takeMotion(_ reading: Reading, from sensor: SensorID, at time: Instant) {
        guard let index = motion.index(of: sensor, rate: 0, at: time) else { return }
        switch reading {
        case .speed(let value):
            guard Self.speeds.contains(value) else { return countImplausible() }
            guard motion.believe(index, at: time) else { return }
            speed = Sample(value: value.value, time: time)
        case .strideRate(let rate):
            let cadence = Self.cadence(of: rate, at: speed.map { Speed($0.value) })
            guard Self.cadences.contains(cadence) else { return countImplausible() }
            guard motion.believe(index, at: time) else { return }
            self.cadence = Sample(value: cadence.value, time: time)
        case .strideLength(let length):
            let step = length * 0.5
            guard Self.stepLengths.contains(step) else { return }  // Zero when standing: not known.
            guard motion.believe(index, at: time) else { return }
            stepLength = Sample(value: step.value, time: time)
        case .distance(let total): takeDistance(total.value, index: index, at: time)
        case .strideCount(let total): takeStrides(total, index: index, at: time)
        default: break
        }
    }

    private mutating func takeDistance(_ total: Double, index: Int, at time: Instant) {
        motion.withSource(index) { $0.isRich = true }
        let isBelieved = motion.believe(index, at: time)
        if let ground = motion.count(total, by: .distance, of: index, isBelieved: isBelieved, at: time) {
            distance.total += ground
            distance.time = time
        }
    }

    private mutating func takeStrides(_ total: UInt64, index: Int, at time: Instant) {
        let isBelieved = motion.believe(index, at: time)
        let total = Double(total)
        if let strides = motion.count(total, by: .strides, of: index, isBelieved: isBelieved, at: time) {
            steps.total += 2 * strides
            steps.time = time
        }
    }

    /// Steps of both feet a minute. Pods that send steps although the profile says strides give themselves
    /// away: nobody runs 260 steps a minute, and only sprinters come near it.
    static func cadence(of rate: StrideRate, at speed: Speed?) -> Cadence {
        if rate > strideRateMaximum, speed.map({ $0 < strideRateSpeedMaximum }) ?? true {
            return Cadence(rate.value)
        }
        return Cadence(rate)
    }

    private mutating func countImplausible() { implausibleCount += 1 }
}

extension Reading {
    /// The group of metrics that a reading belongs to; facts about the sensor itself belong to none.
    public var group: MetricGroup? {
        switch self {
        case .heartRate, .beat, .beatsMissed, .contact: .heartRate
        case .speed, .strideRate, .distance, .strideCount, .strideLength, .groundContactTime,
            .groundContactBalance, .verticalOscillation, .verticalRatio, .legSpringStiffness, .wheelRate,
            .wheelRevolutions:
            .motion
        case .power, .formPower, .crankRate: .power
        case .position, .elevation: .position
        case .ambientTemperature, .coreTemperature, .skinTemperature, .heatStrainIndex: .temperature
        case .muscleOxygen, .haemoglobin, .bloodOxygen: .muscleOxygen
        case .fact: nil
        }
    }
}

extension Row {
    fileprivate var hasMotion: Bool {
        Metric.allCases.contains { $0.group == .motion && isPresent($0) }
    }
}
