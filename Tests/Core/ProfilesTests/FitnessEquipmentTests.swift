import Profiles
import Testing
import Units
import Wire

@Suite struct FitnessEquipmentTests {
    private var time = Instant(nanoseconds: 0)
    private var profile = FitnessEquipment()

    private mutating func readings(
        _ bytes: [UInt8],
        after delay: Nanoseconds = .second / 4
    ) throws -> [Reading] {
        time = time + delay
        var readings: [Reading] = []
        try profile.decode(try #require(Payload(bytes)), at: time, into: &readings)
        return readings
    }

    /// A general page: 3 m/s, and what the test is about.
    private func general(metres: Int = 0, rate: UInt8 = 0xFF, flags: UInt8) -> [UInt8] {
        [16, 19, 0, UInt8(truncatingIfNeeded: metres), 0xB8, 0x0B, rate, 0x30 | flags]
    }

    private let speed = Reading.speed(Speed(3))

    @Test("Distance is told only by equipment that counts it, and grows through every wrap")
    mutating func distance() throws {
        #expect(try readings(general(metres: 77, flags: 0)) == [speed])
        for metres in stride(from: 0, through: 2000, by: 10) {
            let expected = [.distance(Distance(Double(metres))), speed]
            #expect(try readings(general(metres: metres, flags: 4), after: .second) == expected)
        }
    }

    @Test("A gap in which the distance may have wrapped counts as nothing, a late page not at all")
    mutating func gaps() throws {
        _ = try readings(general(metres: 0, flags: 4))
        #expect(
            try readings(general(metres: 40, flags: 4), after: 15 * .second).first == .distance(Distance(40))
        )
        #expect(try readings(general(metres: 35, flags: 4)).isEmpty)
        #expect(try readings(general(metres: 41, flags: 4)).first == .distance(Distance(41)))
        #expect(
            try readings(general(metres: 90, flags: 4), after: 16 * .second).first == .distance(Distance(41))
        )
        #expect(try readings(general(metres: 92, flags: 4)).first == .distance(Distance(43)))
    }

    @Test(
        "A heart rate is told when hands or a receiver measured it, never when it is a strap's",
        arguments: [0, 1, 2, 3] as [UInt8]
    )
    mutating func heartRate(source: UInt8) throws {
        let isOwn = source >= 2
        #expect(
            try readings(general(rate: 120, flags: source))
                == [speed] + (isOwn ? [.heartRate(HeartRate(120))] : [])
        )
        #expect(try readings(general(rate: 0xFF, flags: source)) == [speed])
        #expect(try readings(general(rate: 0, flags: source)) == [speed])
    }

    @Test("A speed that is not known is not told")
    mutating func noSpeed() throws {
        #expect(try readings([16, 25, 0, 0, 0xFF, 0xFF, 0xFF, 0x20]).isEmpty)
    }

    @Test("Cadence is of strides or of cranks, by machine; strokes of a rower are neither")
    mutating func machines() throws {
        let strides = Reading.strideRate(StrideRate(80))
        let power = Reading.power(Power(250))
        for (page, expected) in [
            19: [strides], 20: [power, strides], 21: [power, .crankRate(RotationRate(80))], 22: [power],
            23: [power, strides], 24: [power, strides],
        ] as [UInt8: [Reading]] {
            #expect(try readings([page, 0xFF, 0, 0, 80, 250, 0, 0x30]) == expected)
        }
        #expect(try readings([21, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x30]).isEmpty)
    }

    @Test("A trainer's power follows the rules of a power meter, and FFF is none")
    mutating func trainer() throws {
        func page(_ updates: UInt8, _ sum: UInt16, power: UInt16) -> [UInt8] {
            [
                25, updates, 90, UInt8(truncatingIfNeeded: sum), UInt8(sum >> 8),
                UInt8(truncatingIfNeeded: power), UInt8(power >> 8), 0x30,
            ]
        }
        let cadence = Reading.crankRate(RotationRate(90))
        #expect(try readings(page(255, 65_500, power: 200)).isEmpty)
        #expect(try readings(page(0, 164, power: 200)) == [.power(Power(200)), cadence])
        #expect(try readings(page(2, 664, power: 280)) == [.power(Power(250)), cadence])
        #expect(try readings(page(3, 664, power: 0xFFF)) == [cadence])
        #expect(try readings(page(3, 664, power: 0), after: 3 * .second) == [.power(Power(0)), cadence])
        #expect(try readings(page(3, 664, power: 0)).isEmpty)
    }

    @Test("A trainer's torque gives power")
    mutating func torque() throws {
        #expect(try readings([26, 1, 1, 0, 0, 0, 0, 0x30]).isEmpty)
        #expect(try readings([26, 2, 2, 0, 4, 64, 0, 0x30]) == [.power(Power(8 * .pi))])
    }

    @Test("Settings, metabolism and capabilities are read and tell nothing")
    mutating func silent() throws {
        for page in [17, 18, 54] as [UInt8] {
            #expect(try readings([page, 1, 2, 3, 4, 5, 6, 7]).isEmpty)
        }
    }
}
