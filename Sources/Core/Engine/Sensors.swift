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
    /// Whether it was heard within ``Engine/silence``.
    public var isHeard = true

    /// What it said about itself.
    public struct Facts: Hashable, Sendable {
        public var manufacturer: UInt16?
        public var manufacturerName: String?
        public var model: UInt16?
        public var modelName: String?
        public var hardware: UInt16?
        public var software: UInt32?
        public var serial: UInt32?
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

    /// The frames of one sensor on one channel, and the profile that keeps their state.
    struct Stream: Sendable {
        let channel: Channel
        /// `nil`: no profile decodes these; they are counted.
        var profile: (any SensorProfile)?
        let rate: Double
        /// Which metrics it feeds; known from its first reading on.
        var group: MetricGroup?
        /// The next stream of the same sensor, −1 for none.
        var next: Int
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

        readings.removeAll(keepingCapacity: true)
        do throws(DecodeFailure) {
            guard try streams[stream].profile?.decode(frame.payload, at: time, into: &readings) != nil else {
                counters.unknownFrames += 1
                return
            }
        } catch {
            switch error {
            case .unknownPage: counters.unknownPages += 1
            default: counters.malformedFrames += 1
            }
        }
        deliver(from: sensor.slot, stream: stream, at: time)
    }

    /// A time in the running second, and not before the newest frame: a late frame counts when it arrived.
    private func arrival(_ time: Instant) -> Instant {
        min(max(time, lastActivity, nextSecond - (.second - 1)), nextSecond)
    }

    /// Passes the readings of one frame on to the sensor's record and its athlete's twin.
    private mutating func deliver(from sensor: Int, stream: Int, at time: Instant) {
        for index in readings.indices {
            if case .fact(let fact) = readings[index] {
                learn(fact, about: sensor)
            } else if streams[stream].group == nil {
                streams[stream].group = readings[index].group
            }
        }
        guard let group = streams[stream].group else { return }
        if sensors[sensor].athlete == nil { assignAutomatically(sensor, at: time) }
        guard let athlete = sensors[sensor].athlete else { return }

        let id = sensors[sensor].id
        athletes[athlete].twin.hear(id, group: group, rate: streams[stream].rate, at: time)
        for index in readings.indices {
            athletes[athlete].twin.take(readings[index], from: id, at: time)
        }
    }

    private mutating func sensorSlot(for frame: Frame, at time: Instant) -> (slot: Int, isNew: Bool)? {
        if let slot = sensorIndex[frame.sensor] {
            sensors[slot].frames += 1
            sensors[slot].lastHeard = time
            sensors[slot].source = frame.source
            sensors[slot].strength = frame.strength
            if !sensors[slot].isHeard {
                sensors[slot].isHeard = true
                commands.append(.sensorChanged(slot))
            }
            return (slot, false)
        }
        guard sensors.count < Self.sensorsMaximum else { return nil }
        var sensor = Sensor(
            id: frame.sensor,
            athlete: assignments[frame.sensor],
            source: frame.source,
            strength: frame.strength,
            firstHeard: time,
            lastHeard: time
        )
        sensor.frames = 1
        sensors.append(sensor)
        sensorIndex[frame.sensor] = sensors.count - 1
        commands.append(.sensorChanged(sensors.count - 1))
        return (sensors.count - 1, true)
    }

    /// Finds the stream of a channel in the sensor's chain, or appends it; `nil` when the chain is full.
    private mutating func streamSlot(of sensor: Int, channel: Channel, isNew: Bool) -> Int? {
        if isNew {
            firstStreams.append(streams.count)
            streams.append(makeStream(channel, of: sensors[sensor].id))
            return streams.count - 1
        }
        var index = firstStreams[sensor]
        var count = 1
        while streams[index].channel != channel {
            guard streams[index].next >= 0 else {
                guard count < Self.streamsMaximum else { return nil }
                streams[index].next = streams.count
                streams.append(makeStream(channel, of: sensors[sensor].id))
                return streams.count - 1
            }
            index = streams[index].next
            count += 1
        }
        return index
    }

    private func makeStream(_ channel: Channel, of sensor: SensorID) -> Stream {
        let type: (any SensorProfile.Type)? =
            switch (channel, sensor.kind) {
            case (.antPage, .ant(_, let deviceType)): ProfileRegistry.antPlus(deviceType: deviceType)
            case (.characteristic(let uuid), _): ProfileRegistry.characteristic(uuid)
            default: nil
            }
        return Stream(channel: channel, profile: type?.init(), rate: type?.address.rate ?? 0, next: -1)
    }

    private mutating func learn(_ fact: SensorFact, about sensor: Int) {
        let before = sensors[sensor].facts
        sensors[sensor].facts.learn(fact, about: sensors[sensor].id)
        if sensors[sensor].facts != before { commands.append(.sensorChanged(sensor)) }
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
            case .serial, .hardware, .firmware, .software: break
            }
        }
    }
}
