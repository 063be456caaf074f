import Testing
import Wire

@testable import Simulation

/// The ANT+ sensors of the extended kit, read by hand.
@Suite struct FieldSensorTests {
    private static let run: (squad: Squad, frames: [Frame]) = {
        var squad = Squad(athletes: 8, seed: 1, start: Squad.origin, weather: .none, kit: .extended)
        let frames = squad.frames(seconds: 600)
        return (squad, frames)
    }()

    private func frames(of athlete: Int, type: UInt8) -> [Frame] {
        let sensors = Self.run.squad.roster[athlete].sensors
        return Self.run.frames.filter { $0.antType == type && sensors.contains($0.sensor) }
    }

    /// How far a counter of `modulus` went, step by step.
    private func total(_ readings: [Int], modulus: Int) -> Int {
        zip(readings, readings.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0 + modulus) % modulus }
    }

    @Test("More sensors change nothing of what straps, pods and hearts do")
    func standardIsUntouched() {
        var plain = Squad(athletes: 16, seed: 3, start: Squad.origin, weather: .none)
        var dressed = Squad(athletes: 16, seed: 3, start: Squad.origin, weather: .none, kit: .extended)
        let known = Set(plain.roster.flatMap(\.sensors))
        let (before, after) = (plain.frames(seconds: 60), dressed.frames(seconds: 60))
        #expect(after.filter { known.contains($0.sensor) } == before)
        #expect(after.count > before.count + 16 * 60)
    }

    @Test("Every device type of the kit is on the air at its own rate")
    func rates() {
        let periods: [(athlete: Int, type: UInt8, period: Double)] = [
            (0, 11, 8182), (2, 31, 8192), (3, 127, 16384), (4, 11, 8182), (4, 31, 8192), (5, 25, 8192),
            (7, 11, 8182), (7, 122, 8102), (7, 123, 8118),
        ]
        for (athlete, type, period) in periods {
            let count = frames(of: athlete, type: type).count
            #expect(abs(Double(count) - 600 * 32768 / period) <= 2, "\(athlete): \(type)")
        }
    }

    @Test("A power page has the bytes of the profile")
    func powerBytes() {
        let identity = CommonPageEncoder(manufacturer: 95, model: 2, hardware: 1, software: 100, serial: 7)
        var encoder = PowerPageEncoder(identity: identity)
        #expect(encoder.page(power: 283, cadence: 90).bytes == [0x10, 1, 0xFF, 90, 0x1B, 1, 0x1B, 1])
        #expect(encoder.page(power: 100, cadence: nil).bytes == [0x10, 2, 0xFF, 0xFF, 0x7F, 1, 100, 0])
        let rest = (2..<183).map { _ in encoder.page(power: 0, cadence: 0)[0] }
        #expect(rest.filter { $0 != 0x10 } == [80, 81, 82])
    }

    @Test("A muscle page has the bytes of the profile")
    func muscleBytes() {
        let identity = CommonPageEncoder(manufacturer: 76, model: 1, hardware: 1, software: 100, serial: 7)
        var encoder = MuscleOxygenPageEncoder(identity: identity)
        encoder.measure(saturation: 700, haemoglobin: 1234)
        encoder.measure(saturation: 655, haemoglobin: 1234)
        // 1234 + 700 · 2^12 + 655 · 2^22
        #expect(encoder.page().bytes == [1, 2, 0, 6, 0xD2, 0xC4, 0xEB, 0xA3])
    }

    @Test("Temperature pages have the bytes of the profiles, below zero, too")
    func temperatureBytes() {
        let identity = CommonPageEncoder(manufacturer: 303, model: 1, hardware: 1, software: 100, serial: 7)
        var body = TemperaturePageEncoder(identity: identity)
        let core = body.corePage(core: 3812, skin: 660, strain: 25, count: 258)
        #expect(core.bytes == [1, 25, 2, 0x94, 0x20, 0, 0xE4, 0x0E])
        var air = TemperaturePageEncoder(identity: identity)
        let cold = air.environmentPage(temperature: -1000, low: -90, high: -129, count: 6)
        #expect(cold.bytes == [1, 0xFF, 6, 0xA6, 0xFF, 0xF7, 0x18, 0xFC])
    }

    @Test("Wheel and crank turn as far as the athlete went, and never backwards")
    func turns() {
        let truth = Self.run.squad.truth(of: 7)
        let wheel = frames(of: 7, type: 123)
        let metres = Double(total(wheel.map { $0.number(6, bytes: 2) }, modulus: 65536)) * 2.105
        #expect(abs(metres - truth.distance.value) < 10)
        let crank = frames(of: 7, type: 122)
        #expect(abs(total(crank.map { $0.number(6, bytes: 2) }, modulus: 65536) - truth.strideCount) <= 3)
        for sensor in [wheel, crank] {
            for (page, next) in zip(sensor, sensor.dropFirst()) {
                let turns = (next.number(6, bytes: 2) - page.number(6, bytes: 2) + 65536) % 65536
                let time = (next.number(4, bytes: 2) - page.number(4, bytes: 2) + 65536) % 65536
                #expect(turns <= 3)
                #expect(turns > 0 ? time > 0 : time == 0)
            }
        }
    }

    @Test("A runner's power meter has the number of the foot pod and says who made it")
    func runnersPower() {
        for athlete in [0, 4] {
            let power = frames(of: athlete, type: 11)
            let pod = frames(of: athlete, type: 124)
            guard case .ant(let first, _) = power[0].sensor.kind,
                case .ant(let second, _) = pod[0].sensor.kind
            else { return }
            #expect(first == second)
            let makers = Set(power.filter { $0.number(0) == 80 }.map { $0.number(4, bytes: 2) })
            #expect(makers == [95])
        }
    }
}
