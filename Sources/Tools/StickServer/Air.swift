internal import CaptureFile
internal import Simulation
internal import Wire

/// What is on the air, in real time: a squad or a capture.
struct Air {
    /// A capture that is read line by line; a box, because its reader cannot be copied.
    private final class Tape {
        private var reader: CaptureReader
        init(path: String) throws(CaptureError) { reader = try CaptureReader(path: path) }
        /// The next line; a capture that breaks off ends there.
        func next() -> CaptureEvent? { (try? reader.next())?.event }
    }

    private var squad: Squad?
    /// The sensors of the squad that are on the air.
    private var sensors: Set<SensorID> = []
    private var tape: Tape?
    /// What comes next, and when.
    private var next: CaptureEvent?
    /// When what happens at ``origin`` is on the air; `nil` for a capture until a stick scans.
    private var begin: Instant?
    private var origin = Instant(nanoseconds: 0)
    private var speed = 1.0

    /// Straps and pods, so many that there are `sensors` of them with ANT.
    init(sensors count: Int, seed: UInt64, weather: Weather, at start: Instant) {
        var athletes = max(1, count / 2)
        while true {
            let squad = Squad(athletes: athletes, seed: seed, start: start, weather: weather)
            let heard = squad.roster.flatMap(\.sensors).filter {
                if case .ant = $0.kind { true } else { false }
            }
            if heard.count >= count || athletes == Squad.athletesMaximum {
                (self.squad, sensors) = (squad, Set(heard.prefix(count)))
                break
            }
            athletes = min(Squad.athletesMaximum, athletes + max(1, count / 8))
        }
        (begin, origin) = (start, start)
        advance()
    }

    init(capture path: String, speed: Double = 1) throws(CaptureError) {
        tape = try Tape(path: path)
        self.speed = speed
        advance()
    }

    /// When the next thing is on the air.
    var nextTime: Instant? {
        guard let begin, let next else { return nil }
        let passed = next.time - origin
        return begin + (speed == 1 ? passed : Nanoseconds(Double(passed) / speed))
    }

    /// Lets everything be heard that is on the air until `now`.
    mutating func play(until now: Instant, _ bus: inout StickBus) {
        if begin == nil, let next, bus.isScanning { (begin, origin) = (now, next.time) }
        while let time = nextTime, time <= now, let event = next {
            switch event {
            case .frame(var frame):
                frame.time = time
                bus.hear(frame)
            case .transfer(let transfer) where transfer.direction == .received && Self.isData(transfer):
                bus.say(transfer.payload.bytes, at: time)
            default: break
            }
            advance()
        }
    }

    /// Whether it starts with a message that a sensor sent: what the stick said of itself was said to the
    /// host of that day.
    private static func isData(_ transfer: Transfer) -> Bool {
        let bytes = transfer.payload.bytes
        return bytes.count > 3 && bytes[0] == 0xA4 && [0x4E, 0x4F, 0x50, 0x5D, 0x5E, 0x5F].contains(bytes[2])
    }

    private mutating func advance() {
        next = tape?.next()
        guard tape == nil, var frame = squad?.next() else { return }
        while !sensors.contains(frame.sensor), let other = squad?.next() { frame = other }
        next = .frame(frame)
    }
}
