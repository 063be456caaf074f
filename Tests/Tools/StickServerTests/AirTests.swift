import Simulation
import Testing
import Wire

@testable import StickServer

@Suite struct AirTests {
    @Test(
        "So many sensors are on the air as were asked for, each four times a second",
        arguments: [1, 22, 200]
    )
    func squad(count: Int) {
        let begin = Instant(nanoseconds: 3 * .second)
        var air = Air(sensors: count, seed: 4, weather: .none, at: begin)
        var bus = StickBus([StickEmulator(serial: 1, model: .antUSB2, seed: 1)])
        air.play(until: begin + 60 * .second, &bus)
        #expect((count * 60 * 39 / 10...count * 60 * 41 / 10).contains(bus.onAir))
        #expect((air.nextTime ?? begin) > begin + 60 * .second)
    }

    @Test("A capture begins when a stick scans, and every data message of it reaches the host as it was")
    func capture() throws {
        let path = try #require(Captures.zwift)
        var air = try Air(capture: path)
        var bus = StickBus([StickEmulator(serial: 1, model: .antUSB2, seed: 1)])
        let begin = Instant(nanoseconds: 1000 * .second)
        air.play(until: begin, &bus)
        #expect(air.nextTime == nil)

        bus.sticks[0].attach(at: begin)
        var now = try #require(bus.sticks[0].emulator.nextRead)
        bus.sticks[0].emulator.faults.queueLimit = 1000
        for (id, data) in [(0x46, [0] + StickEmulator.airKey), (0x42, [0, 0x40, 0]), (0x5B, [0])]
            as [(UInt8, [UInt8])]
        {
            let body: [UInt8] = [0xA4, UInt8(data.count), id] + data
            bus.sticks[0].emulator.write(body + [body.reduce(0, ^)], at: now)
        }
        #expect(bus.isScanning)
        now = now + .second
        while bus.sticks[0].emulator.read(at: now) != nil {}
        air.play(until: now, &bus)
        air.play(until: now + 100 * .second, &bus)
        var frames: [[UInt8]] = []
        while let frame = bus.sticks[0].emulator.read(at: now + 100 * .second) { frames.append(frame) }
        #expect(frames.count == 174)
        #expect(frames.allSatisfy { $0.count == 24 && $0[2] == 0x4E && $0.reduce(0, ^) == 0 })
    }
}
