import Engine
import Testing
import Wire

@Suite struct CandidateTests {
    private static func second(_ seconds: Double) -> Instant {
        Instant(nanoseconds: 1_000 * .second + Nanoseconds(seconds * 1e9))
    }

    private static func engine() -> Engine {
        var settings = Engine.Settings(gateway: "proof", boot: BootID(high: 1, low: 1))
        settings.autoAthletes = true
        return Engine(settings: settings, start: second(0))
    }

    private static func page(of number: UInt32, at time: Instant, beats: UInt8) -> Frame {
        Frame(
            time: time,
            source: SourceIndex(0),
            sensor: .ant(number: number, type: 120),
            channel: .antPage,
            payload: Payload([0, 255, 255, 255, 0, beats &* 4, beats, 60])!
        )
    }

    @Test("An ANT sensor that nobody wears counts from its second message on")
    func second() {
        var engine = Self.engine()
        engine.take(Self.page(of: 7, at: Self.second(0.1), beats: 1))
        #expect(!engine.commands.contains { if case .sensorChanged = $0 { true } else { false } })
        #expect(engine.athletes.isEmpty)
        engine.take(Self.page(of: 7, at: Self.second(0.35), beats: 1))
        #expect(engine.commands.contains { if case .sensorChanged(0) = $0 { true } else { false } })
        #expect(engine.sensors.map(\.isConfirmed) == [true])
    }

    @Test("Device numbers that garbled frames invent make neither sensor nor athlete")
    func invented() {
        var engine = Self.engine()
        for number in UInt32(0)..<6_000 {
            engine.take(Self.page(of: 1_000 + number, at: Self.second(Double(number)), beats: 1))
        }
        #expect(!engine.commands.contains { if case .sensorChanged = $0 { true } else { false } })
        #expect(engine.athletes.isEmpty)
        // Nor do they take the place of those that exist.
        #expect(engine.counters.refusedFrames == 0)
        engine.take(Self.page(of: 7, at: Self.second(6_000), beats: 1))
        engine.take(Self.page(of: 7, at: Self.second(6_000.25), beats: 2))
        #expect(engine.sensors.filter(\.isConfirmed).map(\.id) == [.ant(number: 7, type: 120)])
    }

    @Test("A sensor that is assigned counts from its first message on")
    func assigned() {
        var engine = Self.engine()
        let id = SensorID.ant(number: 7, type: 120)
        engine.adopt([Wearer(athlete: "athlete_01", sensors: [id])], at: Self.second(0))
        engine.take(Self.page(of: 7, at: Self.second(0.1), beats: 1))
        #expect(engine.sensors.map(\.id) == [id])
        #expect(engine.sensors[0].isConfirmed)
    }
}
