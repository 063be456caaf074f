import Engine
import Messages
import Outbox
import Twin
import Wire

/// An engine with a store that answers when told to, for tests of what it asks for.
struct Bench {
    static let start = Instant(nanoseconds: 1_000 * .second)
    static let utc: Nanoseconds = 1_795_345_200 * .second
    static let boot = BootID(high: 1, low: 1)

    var engine: Engine
    /// Everything that the engine has asked for, oldest first.
    var commands: [Engine.Command] = []
    /// Messages that were committed, in order.
    var committed: [MessageDraft] = []
    /// The commit that the engine waits for.
    var request: CommitRequest?
    var now = start
    private var beats: [UInt32: UInt8] = [:]

    init(_ change: (inout Engine.Settings) -> Void = { _ in }) {
        var settings = Engine.Settings(gateway: "bench", boot: Self.boot)
        settings.trust = [.assume]
        change(&settings)
        engine = Engine(settings: settings, start: Self.start)
    }

    static func strap(_ number: UInt32) -> SensorID { .ant(number: number, type: 120) }
    static func pod(_ number: UInt32) -> SensorID { .ant(number: number, type: 124) }

    static func athlete(_ number: UInt32) -> String { "athlete_\(number)" }

    /// Athletes 1...count, each with a strap and a pod of the same number.
    mutating func adopt(_ count: UInt32) {
        engine.adopt(
            (1...count).map { Wearer(athlete: Self.athlete($0), sensors: [Self.strap($0), Self.pod($0)]) },
            at: now
        )
        collect()
    }

    /// Both clocks are compared; the system clock is `error` ahead.
    mutating func sampleClock(isSynchronised: Bool = false, ahead error: Nanoseconds = 0) {
        engine.take(
            ClockSample(
                at: now,
                utc: Self.utc + (now - Self.start) + error,
                isSynchronised: isSynchronised,
                error: .millisecond
            )
        )
        collect()
    }

    /// A strap's page with this heart rate and one more beat, 1 s after the one before, arrives.
    mutating func hear(_ number: UInt32, rate: UInt8, at time: Instant? = nil) {
        let count = beats[number, default: 0]
        beats[number] = count &+ 1
        // The time of the beat, 1/1024 s: its high byte counts quarters of a second.
        take([0, 0xFF, 0xFF, 0xFF, 0, count &* 4, count, rate], from: Self.strap(number), at: time ?? now)
    }

    /// A pod's main page arrives: metres and strides so far, both below 256; 3 m/s.
    mutating func hear(_ number: UInt32, metres: UInt8, strides: UInt8) {
        take([1, 0, 0, metres, 0x03, 0, strides, 0], from: Self.pod(number), at: now)
    }

    mutating func take(_ bytes: [UInt8], from sensor: SensorID, at time: Instant) {
        engine.take(
            Frame(
                time: time,
                source: SourceIndex(0),
                sensor: sensor,
                channel: .antPage,
                payload: Payload(bytes)!
            )
        )
        collect()
    }

    /// Goes on to so many seconds after the start.
    mutating func go(to seconds: Double) {
        now = Self.start + Nanoseconds(seconds * 1e9)
        engine.advance(to: now)
        collect()
    }

    private mutating func collect() {
        var buffer: [Engine.Command] = []
        engine.takeCommands(into: &buffer)
        for case .commit(let next) in buffer {
            precondition(request == nil, "Two commits are under way.")
            request = next
        }
        commands += buffer
    }

    /// The store took the commit under way.
    mutating func succeed() {
        guard let request else { return }
        self.request = nil
        committed += request.drafts
        engine.committed(CommitReceipt(deliverableBelow: UInt64(committed.count) + 1), at: now)
        collect()
    }

    /// The store did not take it.
    mutating func fail() {
        request = nil
        engine.commitFailed(at: now)
        collect()
    }

    /// Commits until nothing waits.
    mutating func drain() {
        engine.flush(at: now)
        collect()
        while request != nil { succeed() }
    }

    /// The blocks of the committed records, message by message.
    var records: [[RecordBlock]] {
        committed.filter { $0.kind == .record }.map { try! RecordBody.unpack($0.body, time: $0.time) }
    }

    /// The types of the committed events.
    var events: [String] {
        committed.filter { $0.kind == .event }.map { draft in
            let count = Int(draft.body[1])
            return String(decoding: draft.body[2..<2 + count], as: UTF8.self)
        }
    }

    /// The newest live row of an athlete.
    func live(_ number: UInt32) -> Row? {
        commands.lazy.reversed().compactMap { command in
            if case .live(let index, let row) = command, engine.athletes[index].id == Self.athlete(number) {
                row
            } else {
                nil
            }
        }.first
    }

    var anchors: [Anchor] { commands.compactMap { if case .anchor(let anchor) = $0 { anchor } else { nil } } }
    var changedSensors: [Int] {
        commands.compactMap { if case .sensorChanged(let index) = $0 { index } else { nil } }
    }
}
