internal import Wire

/// One sensor as the radio sees it: its id, its schedule, its path to the receiver.
struct Sender: Sendable {
    /// Which sensor makes the payload: an index into the squad's list of that kind.
    enum Equipment: Hashable, Sendable {
        case antStrap(Int)
        case antPod(Int)
        case bleStrap(Int)
        case broadcast(Int)
        case blePod(Int)
        case field(Int)
        /// The battery level of a BLE strap, per cent.
        case battery(UInt8)
    }

    let sensor: SensorID
    let athlete: Int
    let equipment: Equipment
    /// Between two messages, true time.
    let period: Nanoseconds
    /// When the next message is due.
    private(set) var due: Instant

    private let path: Path
    private var fading: Fading
    private var absences: Episodes
    private var random: SplitMix64

    /// What a message meets on its way.
    struct Fate: Hashable, Sendable {
        var isAbsent: Bool
        var isFaded: Bool
        /// Until it arrives, 0 for most.
        var delay: Nanoseconds
        /// From one copy to the next, if there are two.
        var repetition: Nanoseconds?
        var strength: SignalStrength
    }

    private struct Path: Hashable, Sendable {
        var isANT: Bool
        /// A gain register for ANT, dBm for BLE.
        var strength: Double
        /// When BLE connection events are, modulo their interval.
        var phase: Nanoseconds
        var duplicates, delays: Double
    }

    /// 39 units of 1.25 ms, a usual choice of phones and of BlueZ: 48.75 ms.
    static let connectionInterval: Nanoseconds = 48_750_000

    init(
        _ equipment: Equipment,
        sensor: SensorID,
        athlete: Int,
        period: Nanoseconds,
        start: Instant,
        weather: Weather,
        random: SplitMix64
    ) {
        var random = random
        (self.equipment, self.sensor, self.athlete, self.period) = (equipment, sensor, athlete, period)
        due = start + Nanoseconds(random.unit() * Double(min(period, .second)))
        let isANT = if case .ant = sensor.kind { true } else { false }
        path = Path(
            isANT: isANT,
            strength: isANT ? random.uniform(90...160) : random.uniform(-82 ... -58),
            phase: isANT ? 0 : Nanoseconds(random.unit() * Double(Self.connectionInterval)),
            duplicates: weather.duplicates,
            delays: weather.delays
        )
        fading = Fading(loss: weather.loss, burst: weather.burst)
        let episodes = random.fork()
        absences =
            weather.absences
            ? Episodes(from: start, pause: 900...5400, length: 45...240, random: episodes) : Episodes()
        self.random = random
    }

    var isANT: Bool { path.isANT }

    /// When the next message is on the air: at once over ANT, at the next connection event over BLE.
    var onAir: Instant {
        guard !isANT else { return due }
        let (interval, phase) = (Self.connectionInterval, path.phase)
        let events = (due.nanoseconds - phase + interval - 1) / interval
        return Instant(nanoseconds: events * interval + phase)
    }

    /// Takes the message of now off the schedule and says what becomes of it.
    mutating func send(at time: Instant) -> Fate {
        due = due + period
        let spread = random.normal() * 3
        return Fate(
            isAbsent: absences.covers(time),
            isFaded: fading.losesNext(using: &random),
            delay: random.chance(path.delays) ? Nanoseconds(random.uniform(5e6...100e6)) : 0,
            repetition: random.chance(path.duplicates) ? Nanoseconds(random.uniform(1e6...20e6)) : nil,
            strength: isANT ? .gain(UInt16(path.strength + spread)) : .dBm(Int8(path.strength + spread))
        )
    }
}
