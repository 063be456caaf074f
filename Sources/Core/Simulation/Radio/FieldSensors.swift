internal import Wire

/// A sensor beside strap and pod, over ANT+.
enum FieldSensor: Sendable {
    case power(PowerMeter)
    case turns(TurnCounter)
    case muscle(MuscleMonitor)
    case temperature(Thermometer)

    /// The next message. The athlete has lived until `time`.
    mutating func page(of athlete: Athlete, at time: Instant) -> Payload {
        switch self {
        case .power(var meter):
            defer { self = .power(meter) }
            return meter.page(of: athlete, at: time)
        case .turns(var counter):
            defer { self = .turns(counter) }
            return counter.page(of: athlete, at: time)
        case .muscle(var monitor):
            defer { self = .muscle(monitor) }
            return monitor.page(of: athlete, at: time)
        case .temperature(var thermometer):
            defer { self = .temperature(thermometer) }
            return thermometer.page(of: athlete, at: time)
        }
    }
}

extension Athlete {
    /// Watts. Chosen: 73 W for each m/s, a runner of 70 kg at 1.04 W a kilogram and m/s.
    static let wattsPerSpeed = 73.0

    /// 0 at rest, 1 at the maximum heart rate.
    var effort: Double {
        min(max((heart.rate - heart.traits.resting) / (heart.traits.maximum - heart.traits.resting), 0), 1)
    }

    /// Per cent in a working muscle. Chosen: 78 at rest, 30 at the limit.
    var muscleOxygen: Double { 78 - 48 * effort }
}

/// A power meter, on a bicycle or on a shoe; on a shoe it sends strides for turns of the crank.
struct PowerMeter: Sendable {
    private let crystal: Crystal
    private var encoder: PowerPageEncoder

    init(crystal: Crystal, identity: CommonPageEncoder) {
        (self.crystal, encoder) = (crystal, PowerPageEncoder(identity: identity))
    }

    mutating func page(of athlete: Athlete, at time: Instant) -> Payload {
        let gait = athlete.gait(at: time)
        return encoder.page(
            power: UInt16(gait.speed * Athlete.wattsPerSpeed),
            cadence: UInt8(min(gait.strideRate.rounded(), 254)),
            operatingSeconds: UInt64(crystal.seconds(at: time))
        )
    }
}

/// A sensor that counts turns: of a wheel by the way covered, of a crank by the strides.
struct TurnCounter: Sendable {
    /// Metres of way in one turn; `nil` counts strides.
    private let circumference: Double?
    private let crystal: Crystal
    private var encoder: TurnPageEncoder
    private let startTurns: UInt64
    /// Turns since the start, and when the newest one ended, 1/1024 s.
    private var turns: UInt64 = 0
    private var ticks: UInt64

    init(
        circumference: Double?,
        crystal: Crystal,
        identity: StrapIdentity,
        start: Instant,
        using random: inout SplitMix64
    ) {
        (self.circumference, self.crystal) = (circumference, crystal)
        encoder = TurnPageEncoder(identity: identity)
        startTurns = random.next() & 0xFFFF
        ticks = crystal.ticks(at: start, perSecond: 1024)
    }

    mutating func page(of athlete: Athlete, at time: Instant) -> Payload {
        let gait = athlete.gait(at: time)
        let exact = circumference.map { gait.distance / $0 } ?? gait.strides
        let perSecond = circumference.map { gait.speed / $0 } ?? gait.strideRate / 60
        let whole = UInt64(exact)
        if whole > turns, perSecond > 0 {
            // The time since the newest turn ended, but not before the one that was told last.
            let ago = (exact - Double(whole)) / perSecond
            let now = crystal.ticks(at: time, perSecond: 1024)
            ticks = max(ticks, now - min(now, UInt64(ago * 1024)))
            turns = whole
        }
        return encoder.page(turns: startTurns + turns, atTicks1024: ticks)
    }
}

/// A monitor of muscle oxygen on a thigh; it measures once a second.
struct MuscleMonitor: Sendable {
    private var encoder: MuscleOxygenPageEncoder
    private var random: SplitMix64
    private var next: Instant

    init(identity: CommonPageEncoder, start: Instant, random: SplitMix64) {
        (encoder, self.random, next) = (MuscleOxygenPageEncoder(identity: identity), random, start)
    }

    mutating func page(of athlete: Athlete, at time: Instant) -> Payload {
        while next <= time {
            // Chosen: 12.2 g/dL at rest, a little more in a muscle that works; noise of 0.5 %.
            encoder.measure(
                saturation: UInt16(max(0, athlete.muscleOxygen * 10 + 5 * random.normal())),
                haemoglobin: UInt16(1220 + 40 * athlete.effort + 3 * random.normal())
            )
            next = next + .second
        }
        return encoder.page()
    }
}

/// A sensor of core and skin temperature on a strap, or of the air around a shoe.
struct Thermometer: Sendable {
    enum Place: Hashable, Sendable {
        case body
        /// °C.
        case air(Double)
    }

    private let place: Place
    private var encoder: TemperaturePageEncoder
    /// °C of the core, which follows the effort in some twenty minutes.
    private var core = 37.0
    private var count: UInt64 = 0
    private var next: Instant

    init(_ place: Place, identity: CommonPageEncoder, start: Instant) {
        (self.place, encoder, next) = (place, TemperaturePageEncoder(identity: identity), start)
    }

    mutating func page(of athlete: Athlete, at time: Instant) -> Payload {
        while next <= time {
            core += (36.9 + 2.2 * athlete.effort - core) / 1200
            count += 1
            next = next + .second
        }
        switch place {
        case .body:
            return encoder.corePage(
                core: Int16(core * 100),
                skin: Int16((32.5 + 2 * athlete.effort) * 20),
                strain: UInt8(min(max(0, (core - 37.5) * 30), 100)),
                count: count
            )
        case .air(let temperature):
            return encoder.environmentPage(
                temperature: Int16(temperature * 100),
                low: Int16((temperature - 6) * 10),
                high: Int16((temperature + 4) * 10),
                count: count
            )
        }
    }
}
