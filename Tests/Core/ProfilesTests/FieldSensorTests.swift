import Profiles
import Testing
import Units
import Wire

/// Sensors that measure slowly: muscle oxygen, temperatures; and those that tell little.
@Suite struct FieldSensorTests {
    private var time = Instant(nanoseconds: 0)

    private mutating func readings<Profile: SensorProfile>(
        _ profile: inout Profile,
        _ bytes: [UInt8],
        after delay: Nanoseconds = .second / 4
    ) throws -> [Reading] {
        time = time + delay
        var readings: [Reading] = []
        try profile.decode(try #require(Payload(bytes)), at: time, into: &readings)
        return readings
    }

    @Test("Muscle oxygen holds while measurements come, and 10 s longer")
    mutating func muscleOxygen() throws {
        var sensor = MuscleOxygen()
        // 12.18 g/dL, 53.3 %, 53.7 %
        let body: [UInt8] = [0, 6, 0xC2, 0x54, 0x61, 0x86]
        let values: [Reading] = [.muscleOxygen(Share(53.7)), .haemoglobin(Concentration(12.18))]
        #expect(try readings(&sensor, [1, 7] + body).isEmpty)
        #expect(try readings(&sensor, [1, 8] + body) == values)
        #expect(try readings(&sensor, [1, 8] + body, after: 10 * .second) == values)
        #expect(try readings(&sensor, [1, 8] + body).isEmpty)
        #expect(try readings(&sensor, [1, 9] + body) == values)
    }

    @Test("Too much light, and a value that is not known, are no value")
    mutating func ambientLight() throws {
        var sensor = MuscleOxygen()
        _ = try readings(&sensor, [1, 0, 0, 6, 0, 0, 0, 0])
        #expect(try readings(&sensor, [1, 1, 0, 6, 0xFE, 0xEF, 0xBF, 0xFF]).isEmpty)
        #expect(try readings(&sensor, [1, 2, 0, 6, 0xFF, 0xFF, 0xFF, 0xFF]).isEmpty)
        #expect(
            try readings(&sensor, [1, 3, 0, 6, 0xFE, 0x0F, 0x40, 0x86]) == [.muscleOxygen(Share(53.7))]
        )
    }

    @Test("A temperature is told from the first page on, and for 5 min without a new measurement")
    mutating func environment() throws {
        var sensor = Environment()
        let told = [Reading.ambientTemperature(Temperature(-10))]
        let page: [UInt8] = [1, 0xFF, 6, 0xA6, 0xF7, 0xF7, 0x18, 0xFC]
        #expect(try readings(&sensor, page) == told)
        #expect(try readings(&sensor, page, after: 5 * .minute) == told)
        #expect(try readings(&sensor, page).isEmpty)
        #expect(try readings(&sensor, [1, 0xFF, 7, 0, 0, 0, 0x00, 0x80]).isEmpty)
        #expect(try readings(&sensor, [0, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0]).isEmpty)
    }

    @Test("While CORE calls its estimate poor, only the skin is told")
    mutating func quality() throws {
        var sensor = CoreTemperature()
        func page(_ updates: UInt8) -> [UInt8] { [1, 35, updates, 0x87, 0x20, 0xFF, 0x92, 0x0E] }
        func quality(_ value: UInt8) -> [UInt8] { [0, 0xFF, value, 0xFF, 3, 0, 0, 0] }
        let skin = Reading.skinTemperature(Temperature(32.35))
        let all = [skin, .coreTemperature(Temperature(37.3)), .heatStrainIndex(3.5)]
        #expect(try readings(&sensor, page(1)) == all)
        let qualities: [(UInt8, [Reading])] = [(0, [skin]), (1, all), (0xFF, all), (0, [skin]), (3, all)]
        for (index, (value, expected)) in qualities.enumerated() {
            #expect(try readings(&sensor, quality(value)).isEmpty)
            #expect(try readings(&sensor, page(UInt8(2 + index))) == expected)
        }
    }

    @Test("What CORE does not know is not told, and nothing is after a minute without a measurement")
    mutating func coreUnknown() throws {
        var sensor = CoreTemperature()
        #expect(try readings(&sensor, [1, 0xFF, 1, 0x00, 0x80, 0x80, 0x00, 0x80]).isEmpty)
        let core = [Reading.coreTemperature(Temperature(37.3))]
        #expect(try readings(&sensor, [1, 0xFF, 2, 0x00, 0x80, 0x80, 0x92, 0x0E]) == core)
        #expect(try readings(&sensor, [1, 0xFF, 2, 0x00, 0x80, 0x80, 0x92, 0x0E], after: .minute) == core)
        #expect(try readings(&sensor, [1, 0xFF, 2, 0x00, 0x80, 0x80, 0x92, 0x0E]).isEmpty)
    }

    @Test("A vehicle tells its speed, and distance as its odometer grows; a late page does not disturb it")
    mutating func vehicle() throws {
        var vehicle = LightElectricVehicle()
        let speed = Reading.speed(Speed(25 / 3.6))
        func page(_ number: UInt8, _ odometer: Int) -> [UInt8] {
            let bytes = [0, 8, 16].map { UInt8(truncatingIfNeeded: odometer >> $0) }
            return [number] + bytes + [0, 0, 0xFA, 0]
        }
        #expect(try readings(&vehicle, page(2, 0xFF_FFFE)) == [.distance(Distance(0)), speed])
        #expect(try readings(&vehicle, page(34, 0x100_0000)) == [.distance(Distance(20)), speed])
        #expect(try readings(&vehicle, page(2, 0xFF_FFFF)).isEmpty)
        #expect(try readings(&vehicle, page(2, 0x100_0001)) == [.distance(Distance(30)), speed])
        #expect(try readings(&vehicle, page(2, 5000)) == [.distance(Distance(30)), speed])
        #expect(try readings(&vehicle, [1, 0, 0, 0, 0, 0, 0xFA, 0xF0]) == [speed])
        #expect(try readings(&vehicle, [5, 0, 0, 0x34, 0x08, 0, 0xFA, 0]).isEmpty)
    }

    @Test("Pages of running dynamics are counted, and no reading is made up")
    mutating func runningDynamics() throws {
        var sensor = RunningDynamics()
        var random = SplitMix64(seed: 1)
        for _ in 0..<1000 {
            let bytes = (0..<8).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            guard !(64...95).contains(bytes[0]) else { continue }
            let before = sensor.undecodedPages
            #expect(try readings(&sensor, bytes).isEmpty)
            #expect(sensor.undecodedPages == before + 1)
        }
    }

    @Test("A scale tells no reading: a weight is no part of a second")
    mutating func weight() throws {
        var scale = WeightScale()
        for page in [1, 2, 3, 4, 58] as [UInt8] {
            #expect(try readings(&scale, [page, 1, 0, 0, 0xFF, 0xFF, 0x4C, 0x1D]).isEmpty)
        }
    }

    @Test(
        "Who made a sensor, its serial, software and battery are told by every profile with common pages",
        arguments: [
            "ant.core_temp", "ant.environment", "ant.fe", "ant.lev", "ant.muscle_oxygen", "ant.power",
            "ant.running_dynamics", "ant.sdm", "ant.weight",
        ]
    )
    mutating func facts(name: String) throws {
        let profile = try #require(ProfileRegistry.named(name))
        var sensor: any SensorProfile = profile.init()
        let pages: [([UInt8], [SensorFact])] = [
            (
                [80, 0xFF, 0xFF, 2, 95, 0, 0x34, 0x12],
                [.hardware(2), .manufacturer(95, isLowByte: false), .model(4660)]
            ),
            ([81, 0xFF, 39, 16, 0x89, 0xE0, 0x41, 0xD3], [.software(1639), .serial(3_544_309_897)]),
            ([82, 0xFF, 0xFF, 0, 0, 0, 0x80, 0x32], [.batteryStatus(.ok), .batteryVoltage(2.5)]),
        ]
        for (bytes, expected) in pages {
            for facts in [expected, []] {
                var readings: [Reading] = []
                try sensor.decode(try #require(Payload(bytes)), at: time, into: &readings)
                #expect(readings == facts.map { .fact($0) })
            }
        }
    }
}
