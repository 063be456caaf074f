public import Profiles
import Twin
public import Wire

/// A sensor as the gateway knows it.
public struct Sensor: Hashable, Sendable {
    public let id: SensorID
    /// Index of the athlete who wears it.
    public var athlete: Int?
    public var source: SourceIndex
    public var strength: SignalStrength?
    public var firstHeard: Instant
    public var lastHeard: Instant
    /// Frames that came in.
    public var frames: UInt64 = 0
    public var facts = Facts()
    /// What the operator said about it.
    public var settings = SensorSettings()
    /// How its readings are to be understood, on a channel of wheels.
    var traits = SensorTraits()
    /// Whether it was heard within ``Engine/silence``.
    public var isHeard = true
    /// Whether it exists for certain. The checksum of a stick's message has eight bits: of the frames that a
    /// bad cable garbles, some pass with another device number. So an ANT sensor that nobody wears has to be
    /// heard twice; until then it is told to nobody and makes no athlete.
    public internal(set) var isConfirmed = true
    /// Whether its athlete was made for it, or is that of the other half of its strap.
    var belonging = Belonging.assigned
    /// How its model departs from its profiles.
    var quirks: ModelQuirks = []

    enum Belonging: Hashable, Sendable { case assigned, automatic, joined }

    /// What it said about itself.
    public struct Facts: Hashable, Sendable {
        public var manufacturer: UInt16?
        public var manufacturerName: String?
        public var model: UInt16?
        public var modelName: String?
        public var hardware: UInt16?
        public var software: UInt32?
        public var serial: UInt32?
        /// As the device information service has it.
        public var serialText: String?
        /// As it advertises itself.
        public var name: String?
        /// Per cent.
        public var batteryLevel: UInt8?
        public var batteryStatus: BatteryStatus?
        /// Volts.
        public var batteryVoltage: Double?
        public var location: UInt8?
        public var beatsAreComputed: Bool?
    }
}

extension Engine {
    /// More sensors than any hall holds; a flood of made-up ids ends here.
    static let sensorsMaximum = 4_096
    /// More channels than any sensor has: every characteristic with a number of its own that is decoded fits.
    static let streamsMaximum = 32
    /// A sensor that is not heard for this long is told as gone.
    static let silence = 30 * Nanoseconds.second

    /// The same bytes twice within this are one message where no channel period says more. Chosen: what a
    /// radio or a bus delivers twice comes within 20 ms.
    static let copyWindow = 30 * Nanoseconds.millisecond

    /// The frames of one sensor on one channel, and the profile that keeps their state.
    struct Stream: Sendable {
        let channel: Channel
        /// `nil`: no profile decodes these; they are counted.
        var profile: (any SensorProfile)?
        /// Whether what it tells moves on wheels, unless a runner wears it.
        let isWheeled: Bool
        /// The same bytes in less than this are one message.
        let copyWindow: Nanoseconds
        var hearing = Hearing()
        var reception: Reception
        /// Which metrics it has fed so far, a bit for the raw value of each group.
        var groups: UInt8 = 0
        /// The next stream of the same sensor, −1 for none.
        var next = -1
    }

    /// Takes in one frame of a sensor. In the steady state this allocates nothing.
    public mutating func take(_ frame: Frame) {
        closeSeconds(endingBefore: frame.time)
        counters.frames += 1
        let time = arrival(frame.time)
        lastActivity = time
        guard let sensor = sensorSlot(for: frame, at: time),
            let stream = streamSlot(of: sensor.slot, channel: frame.channel, isNew: sensor.isNew)
        else {
            counters.refusedFrames += 1
            return
        }

        switch judge(frame, stream: stream, at: time) {
        case .copy:
            counters.copiedFrames += 1
            return
        case .late:
            counters.lateFrames += 1
            readings.removeAll(keepingCapacity: true)
        case .new: guard decode(frame.payload, stream: stream, at: time) else { return }
        }
        deliver(from: sensor.slot, stream: stream, at: time)
    }

    /// A time in the running second, and not before the newest frame: a late frame counts when it arrived.
    private func arrival(_ time: Instant) -> Instant {
        min(max(time, lastActivity, nextSecond - (.second - 1)), nextSecond)
    }

    /// Says whether the frame tells something new, and counts it as received.
    private mutating func judge(_ frame: Frame, stream: Int, at time: Instant) -> Hearing.Verdict {
        let radio = Int(frame.source.rawValue)
        while stampClocks.count <= radio { stampClocks.append(StampClock()) }
        let received = stampClocks[radio].reception(stamp: frame.receiveStamp, at: time)
        let verdict = streams[stream].hearing.judge(
            frame.payload.digest,
            at: received,
            isExact: stampClocks[radio].isTrusted && frame.receiveStamp != nil,
            source: frame.source,
            window: streams[stream].copyWindow
        )
        switch verdict {
        case .new, .late:
            streams[stream].reception.take(from: frame.source, at: received, isLate: verdict == .late)
        case .copy(let isFirst):
            streams[stream].reception.takeCopy(from: frame.source, isFirst: isFirst)
        }
        return verdict
    }

    /// Decodes into ``readings``; `false` when no profile decodes these frames.
    private mutating func decode(_ payload: Payload, stream: Int, at time: Instant) -> Bool {
        readings.removeAll(keepingCapacity: true)
        do throws(DecodeFailure) {
            guard try streams[stream].profile?.decode(payload, at: time, into: &readings) != nil else {
                counters.unknownFrames += 1
                return false
            }
        } catch {
            switch error {
            case .unknownPage: counters.unknownPages += 1
            default: counters.malformedFrames += 1
            }
        }
        return true
    }

    /// Passes the readings of one message on to the sensor's record and its athlete's twin.
    private mutating func deliver(from sensor: Int, stream: Int, at time: Instant) {
        for index in readings.indices {
            if case .fact(let fact) = readings[index] {
                learn(fact, about: sensor)
            } else if let group = readings[index].group {
                streams[stream].groups |= 1 << group.rawValue
            }
        }
        recogniseStrap(of: sensor, at: time)
        let groups = streams[stream].groups
        guard groups != 0 else { return }
        if sensors[sensor].athlete == nil, sensors[sensor].isConfirmed { findAthlete(for: sensor, at: time) }
        guard let athlete = sensors[sensor].athlete else { return }

        let id = sensors[sensor].id
        var traits = sensors[sensor].traits
        if !streams[stream].isWheeled { traits.isOnFoot = true }
        let rate = streams[stream].reception.rate
        for group in MetricGroup.allCases where groups & 1 << group.rawValue != 0 {
            athletes[athlete].twin.hear(id, group: group, rate: rate, at: time)
        }
        for index in readings.indices {
            athletes[athlete].twin.take(readings[index], from: id, as: traits, at: time)
        }
    }

    private mutating func sensorSlot(for frame: Frame, at time: Instant) -> (slot: Int, isNew: Bool)? {
        if let slot = sensorIndex[frame.sensor] {
            let silentSince = sensors[slot].lastHeard
            sensors[slot].frames += 1
            sensors[slot].lastHeard = time
            sensors[slot].source = frame.source
            sensors[slot].strength = frame.strength
            if !sensors[slot].isConfirmed {
                sensors[slot].isConfirmed = time - silentSince <= Self.silence
            }
            if !sensors[slot].isHeard, sensors[slot].isConfirmed {
                sensors[slot].isHeard = true
                commands.append(.sensorChanged(slot))
            }
            return (slot, false)
        }
        guard let slot = freeSlot(at: time) else { return nil }
        var sensor = Sensor(
            id: frame.sensor,
            athlete: assignments[frame.sensor],
            source: frame.source,
            strength: frame.strength,
            firstHeard: time,
            lastHeard: time
        )
        sensor.frames = 1
        sensor.settings = settings.sensors[frame.sensor] ?? SensorSettings()
        if case .ant = frame.sensor.kind { sensor.isConfirmed = sensor.athlete != nil }
        sensor.isHeard = sensor.isConfirmed
        sensor.facts.name = names[frame.sensor]
        sensor.quirks = sensor.facts.quirks
        if slot == sensors.count {
            sensors.append(sensor)
        } else {
            sensorIndex[sensors[slot].id] = nil
            sensors[slot] = sensor
        }
        sensorIndex[frame.sensor] = slot
        updateTraits(of: frame.sensor)
        if sensor.isConfirmed { commands.append(.sensorChanged(slot)) }
        return (slot, true)
    }

    /// Where a new sensor goes: behind the others or, when there are as many as are kept, in the place of one
    /// that was never confirmed.
    private func freeSlot(at time: Instant) -> Int? {
        guard sensors.count >= Self.sensorsMaximum else { return sensors.count }
        return sensors.firstIndex { !$0.isConfirmed && time - $0.lastHeard > Self.silence }
    }

    /// Finds the stream of a channel in the sensor's chain, or appends it; `nil` when the chain is full.
    private mutating func streamSlot(of sensor: Int, channel: Channel, isNew: Bool) -> Int? {
        if isNew {
            let stream = makeStream(channel, of: sensors[sensor])
            if sensor < firstStreams.count {
                streams[firstStreams[sensor]] = stream
            } else {
                firstStreams.append(streams.count)
                streams.append(stream)
            }
            return firstStreams[sensor]
        }
        var index = firstStreams[sensor]
        var count = 1
        while streams[index].channel != channel {
            guard streams[index].next >= 0 else {
                guard count < Self.streamsMaximum else { return nil }
                streams[index].next = streams.count
                streams.append(makeStream(channel, of: sensors[sensor]))
                return streams.count - 1
            }
            index = streams[index].next
            count += 1
        }
        return index
    }

    private func makeStream(_ channel: Channel, of sensor: Sensor) -> Stream {
        let type: (any SensorProfile.Type)? =
            switch (channel, sensor.id.kind) {
            case (.antPage, .ant(_, let deviceType)): ProfileRegistry.antPlus(deviceType: deviceType)
            case (.characteristic(let uuid), _): ProfileRegistry.characteristic(uuid)
            case (.advertisement, _): Advertisement.self
            default: nil
            }
        let rate = type?.address.rate ?? 0
        let isANT = channel == .antPage
        let period = rate > 0 ? Nanoseconds(1e9 / rate) : 0
        var profile: (any SensorProfile)? = type?.init()
        if !sensor.quirks.isEmpty { profile?.apply(sensor.quirks) }
        return Stream(
            channel: channel,
            profile: profile,
            isWheeled: Models.isWheeled(channel, of: sensor.id),
            copyWindow: isANT && period > 0 ? period / 2 : Self.copyWindow,
            reception: Reception(rate: rate, learnsMultiple: isANT)
        )
    }

    private mutating func learn(_ fact: SensorFact, about sensor: Int) {
        let before = sensors[sensor].facts
        sensors[sensor].facts.learn(fact, about: sensors[sensor].id)
        guard sensors[sensor].facts != before else { return }
        updateQuirks(of: sensor)
        updateTraits(of: sensors[sensor].id)
        if sensors[sensor].isConfirmed { commands.append(.sensorChanged(sensor)) }
    }

    /// Tells once about each sensor that fell silent.
    mutating func noteSilence(at time: Instant) {
        for index in sensors.indices where sensors[index].isHeard {
            guard time - sensors[index].lastHeard > Self.silence else { continue }
            sensors[index].isHeard = false
            commands.append(.sensorChanged(index))
        }
    }
}

extension Sensor.Facts {
    mutating func learn(_ fact: SensorFact, about sensor: SensorID) {
        switch fact {
        case .manufacturer(let number, let isLowByte):
            // The low byte alone never overrules a number that was told whole.
            if !isLowByte || manufacturer == nil { manufacturer = number }
        case .model(let number): model = number
        case .hardware(let revision): hardware = revision
        case .software(let version): software = version
        case .serial(let number): serial = number
        case .serialUpper(let upper):
            if case .ant(let number, _) = sensor.kind { serial = UInt32(upper) << 16 | number & 0xFFFF }
        case .batteryLevel(let percent): batteryLevel = percent
        case .batteryStatus(let status): batteryStatus = status
        case .batteryVoltage(let volts): batteryVoltage = volts
        case .beatsAreComputed(let areComputed): beatsAreComputed = areComputed
        case .location(let number): location = number
        case .text(let kind, let bytes):
            let text = String(decoding: bytes.bytes, as: UTF8.self)
            switch kind {
            case .manufacturer: manufacturerName = text
            case .model: modelName = text
            case .serial: serialText = text
            case .hardware, .firmware, .software: break
            }
        }
    }
}
