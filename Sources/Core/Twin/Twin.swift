public import Profiles
import Units
public import Wire

/// The live state of one athlete: readings of several sensors go in, one row a second comes out.
///
/// A value out of its bounds is counted and dropped, a value past its staleness bound is not shown, and a
/// gap stays a gap. What a metric needs to be shown stands in ``Metric``, its bounds and its way from a
/// reading in `Measurement.swift`; here is what several readings say together.
public struct Twin: Hashable, Sendable {
    /// Source: the project's physiology reference, section 2.2 (plausibility bounds).
    static let beatIntervals = 250.0...2400.0  // ms
    /// A foot pod's cadence above this at running speed counts steps although its profile says strides.
    static let strideRateMaximum = StrideRate(130)
    static let strideRateSpeedMaximum = 7.0  // m/s

    /// Readings that were out of their bounds.
    public private(set) var implausibleCount: UInt64 = 0

    /// One for each group, at its raw value.
    private var selectors = MetricGroup.allCases.map { SourceSelector($0) }
    private var samples = Samples()
    private var beats = Beats()
    /// The beats that rows have told, by whom, and how many more of that one are known from another.
    private var told = RecentBeats()
    private var teller: SensorID?
    private var knownAhead = 0
    private var distance = Accumulator()
    private var steps = Accumulator()

    /// A sum since the first reading, what it was when the session started, and when it last was told, even
    /// if it did not grow.
    private struct Accumulator: Hashable, Sendable {
        var total = 0.0
        var sessionStart = 0.0
        var time: Instant?

        mutating func add(_ part: Double, at time: Instant) {
            total += part
            self.time = time
        }

        func show(_ metric: Metric, in row: inout Row) {
            if let time { row.show(metric, total - sessionStart, from: time) }
        }
    }

    /// Where a reading comes from, found once.
    private struct Origin {
        var group: MetricGroup
        /// Among the sources of the group.
        var index: Int
        var traits: SensorTraits
        var time: Instant
    }

    public init() {}

    /// The sensor that feeds a group now.
    public func sensor(of group: MetricGroup) -> SensorID? { selectors[Int(group.rawValue)].sensor }

    /// A message of a sensor that feeds `group` arrived, whatever it said: what quality counts. `rate`: of
    /// its messages, a second; 0 when unknown.
    public mutating func hear(_ sensor: SensorID, group: MetricGroup, rate: Double, at time: Instant) {
        let slot = Int(group.rawValue)
        guard let index = selectors[slot].index(of: sensor, rate: rate, at: time) else { return }
        selectors[slot].hear(index, rate: rate, at: time)
    }

    /// Takes in one reading of one of this athlete's sensors. Times must not decrease.
    public mutating func take(
        _ reading: Reading,
        from sensor: SensorID,
        as traits: SensorTraits = SensorTraits(),
        at time: Instant
    ) {
        guard let group = reading.group,
            let index = selectors[Int(group.rawValue)].index(of: sensor, rate: 0, at: time)
        else { return }
        let origin = Origin(group: group, index: index, traits: traits, time: time)
        switch reading {
        case .beat(let beat): take(beat, origin)
        case .beatsMissed:
            withSource(origin) { $0.beats.markGap() }
            if selectors[Int(group.rawValue)].current == index { told.markGap() }
        case .contact(let isTouching): withSource(origin) { $0.hasContact = isTouching }
        case .speed(let speed): accept(Measurement(.speed, speed.value * traits.calibration), origin)
        case .strideLength(let length):
            accept(Measurement(.stepLength, length.value / 2 * traits.calibration), origin)
        case .strideRate(let rate): accept(Measurement(.cadence, cadence(of: rate)), origin)
        case .distance(let total): takeDistance(total.value, scale: traits.calibration, origin)
        case .strideCount(let total): takeStrides(Double(total), origin)
        case .wheelRate(let rate):
            guard let circumference = traits.wheelCircumference else { return }
            var origin = origin
            origin.traits.isOnFoot = false
            accept(Measurement(.speed, rate.value / 60 * circumference), origin)
        case .wheelRevolutions(let total):
            guard let circumference = traits.wheelCircumference else {
                return withSource(origin) { $0.distance = SourceSelector.Counter() }
            }
            takeDistance(Double(total), scale: circumference, origin)
        case .position(let position):
            accept(Measurement(.latitude, position.latitude), origin)
            accept(Measurement(.longitude, position.longitude), origin)
        case .crankRate where !traits.hasCranks: return
        default: if let measurement = Measurement(reading) { accept(measurement, origin) }
        }
    }

    /// A session begins: what counts from its start counts from here.
    public mutating func startSession() {
        distance.sessionStart = distance.total
        steps.sessionStart = steps.total
        selectors[Int(MetricGroup.motion.rawValue)].settleCounters()
    }

    /// The session ended: distance and steps count from the first reading again.
    public mutating func endSession() {
        distance.sessionStart = 0
        steps.sessionStart = 0
    }

    /// The sensor belongs to somebody else from now on.
    public mutating func remove(_ sensor: SensorID) {
        for slot in selectors.indices { selectors[slot].remove(sensor) }
        if teller == sensor { (teller, told, knownAhead) = (nil, RecentBeats(), 0) }
    }

    /// Ends the second (time − 1 s, time].
    ///
    /// - Returns: The row, or `nil` when nothing is known within its staleness bound.
    public mutating func closeSecond(at time: Instant) -> Row? {
        var row = Row(time: time)
        samples.show(in: &row)
        row.beats = beats
        beats = Beats()
        distance.show(.distance, in: &row)
        steps.show(.steps, in: &row)
        if let speed = row[.speed], speed >= 0.5 {
            row[.pace] = 1000 / speed
            row.setAge(row.age(of: .speed), of: .pace)
        }
        for group in MetricGroup.allCases {
            let share = selectors[Int(group.rawValue)].takeQuality(at: time)
            guard row.isPresent(group), let sensor = sensor(of: group) else { continue }
            row.setSensor(sensor, of: group)
            if let share { row.setQuality(share, of: group) }
        }
        return row.isEmpty ? nil : row
    }

    // MARK: Readings

    /// Takes a plausible value of a source that is believed.
    private mutating func accept(_ measurement: Measurement, _ origin: Origin) {
        switch measurement.metric.bounds(of: origin.traits)?.judge(measurement.value) {
        case .plausible, nil: break
        case .unknown: return
        case .implausible:
            implausibleCount += 1
            return
        }
        if measurement.metric.isLeading { withSource(origin) { $0.isLeading = true } }
        guard believe(origin) else { return }
        samples.set(measurement.metric, measurement.value, at: origin.time)
    }

    /// Whether the source is the one to believe now. A sensor off the skin has nothing to say, so that one on
    /// the skin takes over.
    private mutating func believe(_ origin: Origin) -> Bool {
        let slot = Int(origin.group.rawValue)
        return selectors[slot].sources[origin.index].hasContact
            && selectors[slot].believe(origin.index, at: origin.time)
    }

    private mutating func withSource(_ origin: Origin, _ body: (inout SourceSelector.Source) -> Void) {
        selectors[Int(origin.group.rawValue)].withSource(origin.index, body)
    }

    private mutating func take(_ beat: Beat, _ origin: Origin) {
        guard Self.beatIntervals.contains(beat.milliseconds) else {
            implausibleCount += 1
            return
        }
        withSource(origin) {
            $0.isRich = true
            $0.beats.append(beat.interval)
            $0.lastBeat = origin.time
        }
        if believe(origin) { tell(beat.interval, origin) }
    }

    /// Tells a beat. After a change of source it tells all that the other source did not, and nothing twice.
    private mutating func tell(_ interval: UInt16, _ origin: Origin) {
        let source = selectors[Int(origin.group.rawValue)].sources[origin.index]
        var count = 1
        if let teller, teller != source.sensor {
            let lead = source.beats.lead(over: told) ?? 1
            (count, knownAhead) = (max(0, lead), max(0, -lead))
        } else if knownAhead > 0 {
            (count, knownAhead) = (0, knownAhead - 1)
        }
        teller = source.sensor
        for number in (0..<count).reversed() {
            let interval = source.beats.newest(number)
            guard interval > 0 else { continue }
            told.append(interval)
            beats.append(milliseconds: Double(interval) * 1000 / 1024)
        }
    }

    /// `scale`: metres for one of what `total` counts. It scales what is added from now on; what was counted
    /// under another scale stays as it was.
    private mutating func takeDistance(_ total: Double, scale: Double, _ origin: Origin) {
        withSource(origin) { $0.isRich = true }
        if let part = count(total, by: .distance, origin) { distance.add(part * scale, at: origin.time) }
    }

    private mutating func takeStrides(_ total: Double, _ origin: Origin) {
        if let strides = count(total, by: .strides, origin) { steps.add(2 * strides, at: origin.time) }
    }

    private mutating func count(
        _ total: Double,
        by counter: SourceSelector.Counter.Kind,
        _ origin: Origin
    ) -> Double? {
        let isBelieved = believe(origin)
        return selectors[Int(origin.group.rawValue)].count(
            total,
            by: counter,
            of: origin.index,
            isBelieved: isBelieved,
            at: origin.time
        )
    }

    /// Steps of both feet a minute. Pods that send steps although the profile says strides give themselves
    /// away: nobody runs 260 steps a minute, and only sprinters come near it.
    private func cadence(of rate: StrideRate) -> Double {
        let isSlow = samples[.speed].map { $0 < Self.strideRateSpeedMaximum } ?? true
        return rate > Self.strideRateMaximum && isSlow ? rate.value : Cadence(rate).value
    }
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
