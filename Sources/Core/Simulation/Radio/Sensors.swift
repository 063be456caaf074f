internal import Wire

/// A chest strap or watch that broadcasts ANT+ heart rate.
struct ANTStrap: Sendable {
    enum Model: Hashable, Sendable {
        case modern
        /// Without page numbers; bytes 0 to 3 are the filler.
        case legacy(filler: UInt32)
        case watch
    }

    let model: Model
    private let crystal: Crystal
    private var encoder: HeartRatePageEncoder
    private var electrodes: Electrodes
    private var optical: OpticalPulse

    init(
        model: Model,
        crystal: Crystal,
        identity: StrapIdentity,
        losses: Episodes,
        start: Instant,
        using random: inout SplitMix64
    ) {
        (self.model, self.crystal) = (model, crystal)
        encoder = HeartRatePageEncoder(
            startCount: random.next() & 0xFF,
            startTicks: crystal.ticks(at: start, perSecond: 1024),
            identity: identity
        )
        electrodes = Electrodes(losses: losses)
        optical = OpticalPulse(rate: 70, start: start)
    }

    /// The next message. The athlete has lived until `time`.
    mutating func page(of athlete: Athlete, at time: Instant) -> Payload {
        let seconds = UInt64(crystal.seconds(at: time))
        if model == .watch {
            optical.look(at: athlete, time: time)
            while let beat = optical.takeBeat() { encode(beat) }
            return HeartRateVariant.computedBeats(
                encoder.page(heartRate: optical.shown, operatingSeconds: seconds)
            )
        }
        while let beat = electrodes.nextBeat(of: athlete) { encode(beat) }
        let page = encoder.page(heartRate: electrodes.rate(at: time), operatingSeconds: seconds)
        if case .legacy(let filler) = model { return HeartRateVariant.legacy(page, filler: filler) }
        return page
    }

    private mutating func encode(_ beat: Instant) {
        encoder.beat(atTicks1024: crystal.ticks(at: beat, perSecond: 1024))
    }
}

/// A chest strap that notifies the heart-rate measurement over BLE.
struct BLEStrap: Sendable {
    /// Whether the rate takes 16 bits.
    let isWide: Bool
    private let crystal: Crystal
    private var encoder: HeartRateMeasurementEncoder
    private var electrodes: Electrodes
    private let tellsContact: Bool
    /// The beat at which the next interval starts, 1/1024 s; nothing after a loss of contact.
    private var newest: UInt64?

    init(isWide: Bool, tellsContact: Bool, crystal: Crystal, losses: Episodes) {
        (self.isWide, self.tellsContact, self.crystal) = (isWide, tellsContact, crystal)
        encoder = HeartRateMeasurementEncoder(contact: tellsContact ? true : nil)
        electrodes = Electrodes(losses: losses)
    }

    /// The next notification. The athlete has lived until `time`.
    mutating func value(of athlete: Athlete, at time: Instant) -> Payload {
        while let beat = electrodes.nextBeat(of: athlete) {
            let ticks = crystal.ticks(at: beat, perSecond: 1024)
            if let newest, ticks - newest <= 3 * 1024 { encoder.beat(interval: UInt16(ticks - newest)) }
            newest = ticks
        }
        if tellsContact { encoder.contact = electrodes.isWorn }
        let value = encoder.value(heartRate: electrodes.rate(at: time))
        return isWide ? HeartRateVariant.wide(value) : value
    }
}

/// A foot pod that broadcasts ANT+ stride-based speed and distance.
struct ANTPod: Sendable {
    private let crystal: Crystal
    private var encoder: StridePageEncoder
    private var snapshot: StrideSnapshot
    private var snapshotTime: Instant
    /// What the counters showed before the start.
    private let startDistance, startStrides: UInt64

    init(crystal: Crystal, identity: CommonPageEncoder, start: Instant, using random: inout SplitMix64) {
        self.crystal = crystal
        encoder = StridePageEncoder(identity: identity)
        startDistance = random.next() & 0xFFF
        startStrides = random.next() & 0xFF
        snapshot = StrideSnapshot(
            ticks: crystal.ticks(at: start, perSecond: 200),
            distance: startDistance,
            strides: startStrides,
            speed: 0,
            strideRate: 0
        )
        snapshotTime = start
    }

    /// The next message. The athlete has lived until `time`.
    ///
    /// The pod works out its numbers at every second message and sends them from the next one on, so they
    /// are one or two periods old.
    mutating func page(of athlete: Athlete, at time: Instant) -> Payload {
        let age = Double(time - snapshotTime) / 1e9
        let page = encoder.page(
            snapshot,
            latency: UInt8(min(age * 32, 255)),
            operatingSeconds: UInt64(crystal.seconds(at: time))
        )
        if encoder.messageCount.isMultiple(of: 2) {
            let gait = athlete.gait(at: time)
            snapshot = StrideSnapshot(
                ticks: crystal.ticks(at: time, perSecond: 200),
                distance: startDistance + UInt64(gait.distance * 16),
                strides: startStrides + UInt64(gait.strides),
                speed: UInt16(gait.speed * 256),
                strideRate: UInt16(gait.strideRate * 16)
            )
            snapshotTime = time
        }
        return page
    }
}

/// A foot pod that notifies running speed and cadence over BLE.
struct BLEPod: Sendable {
    /// Whether it sends stride length and distance.
    let isDetailed: Bool

    /// The next notification. The athlete has lived until `time`.
    func value(of athlete: Athlete, at time: Instant) -> Payload {
        let gait = athlete.gait(at: time)
        return RunningSpeedCadenceEncoder.value(
            speed: UInt16(gait.speed * 256),
            strideRate: UInt8(min(gait.strideRate.rounded(), 255)),
            isRunning: gait.isRunning,
            strideLength: isDetailed ? UInt16(gait.strideLength * 100) : nil,
            distance: isDetailed ? UInt32(gait.distance * 10) : nil
        )
    }
}
