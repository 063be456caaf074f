import Profiles
import Testing
import Units
import Wire

@Suite struct BodySensorTests {
    private func readings<Profile: SensorProfile>(
        _ profile: inout Profile,
        _ bytes: [UInt8]
    ) throws -> [Reading] {
        var readings: [Reading] = []
        try profile.decode(try #require(Payload(bytes)), at: Instant(nanoseconds: 0), into: &readings)
        return readings
    }

    @Test("A thermometer on the skin tells of the skin, any other of the core")
    func thermometer() throws {
        var profile = TemperatureMeasurement()
        let warm = Temperature(37)
        #expect(try readings(&profile, [0, 37, 0, 0, 0]) == [.coreTemperature(warm)])
        for type in UInt8.min...UInt8.max {
            let isSkin = [1, 4, 8].contains(type)
            let expected: Reading = isSkin ? .skinTemperature(warm) : .coreTemperature(warm)
            #expect(try readings(&profile, [4, 37, 0, 0, 0, type]) == [expected])
        }
        #expect(try readings(&profile, [4, 0xFF, 0xFF, 0x7F, 0, 2]).isEmpty)
    }

    @Test("Every exponent of a temperature gives a finite number", arguments: UInt8.min...UInt8.max)
    func exponents(exponent: UInt8) throws {
        for mantissa: [UInt8] in [[0xFD, 0xFF, 0x7F], [3, 0, 0x80], [0, 0, 0], [1, 0, 0]] {
            for flags: UInt8 in [0, 1] {
                let page = try TemperatureMeasurement.Page(Payload([flags] + mantissa + [exponent])!)
                #expect(page.temperature != nil)
            }
        }
    }

    @Test("An oximeter tells what is a saturation and what is a rate")
    func oximeter() throws {
        let cases: [(bytes: [UInt8], readings: [Reading])] = [
            ([98, 0, 60, 0], [.bloodOxygen(Share(98)), .heartRate(HeartRate(60))]),
            ([0xCF, 0xF3, 0x85, 0xF2], [.bloodOxygen(Share(97.5)), .heartRate(HeartRate(64.5))]),
            ([0xFF, 0x07, 60, 0], [.heartRate(HeartRate(60))]),
            ([101, 0, 0, 0], []),
            ([0xFF, 0x0F, 0xFF, 0x0F], []),
        ]
        for (bytes, expected) in cases {
            var (spot, continuous) = (PulseOximeterSpotCheck(), PulseOximeterContinuous())
            #expect(try readings(&spot, [0] + bytes) == expected)
            #expect(try readings(&continuous, [0] + bytes) == expected)
            #expect(try readings(&continuous, [3] + bytes + [90, 0, 50, 0, 90, 0, 50, 0]) == expected)
        }
    }

    @Test("CORE tells temperatures and heat strain, but not the rate of another sensor")
    func core() throws {
        var profile = CoreBodyTemperature()
        let bytes: [UInt8] = [0x35, 0xE4, 0x0E, 0x07, 0x0F, 0x23, 145, 39]
        #expect(
            try readings(&profile, bytes) == [
                .coreTemperature(Temperature(38.12)), .skinTemperature(Temperature(38.47)),
                .heatStrainIndex(3.9),
            ]
        )
        #expect(try readings(&profile, [0x00, 0xE4, 0x0E]) == [.coreTemperature(Temperature(38.12))])
        #expect(try readings(&profile, [0x04, 0xE4, 0x0E, 0x20]).isEmpty)
        #expect(try readings(&profile, [0x21, 0xFF, 0x7F, 0xFF, 0x7F, 0xFF]).isEmpty)
    }

    @Test("Each flag byte of CORE announces its length", arguments: UInt8.min...UInt8.max)
    func coreFlags(flags: UInt8) throws {
        let sizes = [2, 2, 1, 0, 1, 1]
        let length = sizes.indices.reduce(3) { $0 + (flags >> $1 & 1 == 0 ? 0 : sizes[$1]) }
        let bytes = [flags] + Array(repeating: 0, count: length - 1)
        _ = try CoreBodyTemperature.Page(try #require(Payload(bytes)))
        #expect(throws: DecodeFailure.length(expected: length, got: length - 1)) {
            try CoreBodyTemperature.Page(Payload(bytes.dropLast())!)
        }
    }

    @Test("A Moxy's measurement is told once, and only when there is one")
    func moxy() throws {
        var profile = MoxyMuscleOxygen()
        let first: [UInt8] = [0xCB, 0x06, 0x15, 0x02, 0x16, 0x02, 0xC0, 0x04, 0]
        #expect(
            try readings(&profile, first) == [
                .muscleOxygen(Share(53.3)), .haemoglobin(Concentration(12.16)),
            ]
        )
        #expect(try readings(&profile, first).isEmpty)
        #expect(try readings(&profile, [0xCC, 0x06, 0xE9, 0x03, 0, 0, 0, 0, 0]).isEmpty)
    }

    @Test("Pods tell ground contact and oscillation, zeros are none")
    func pods() throws {
        var old = FF00Pod()
        #expect(
            try readings(&old, [0x0F, 0xF0, 0, 80, 0]) == [
                .groundContactTime(Interval(0.24)), .verticalOscillation(Distance(0.08)),
            ]
        )
        #expect(try readings(&old, [0x0F, 0, 0, 0, 0]).isEmpty)
        #expect(throws: DecodeFailure.unknownPage(1)) { try FF00Pod.Page(Payload([1, 0, 0, 0, 0])!) }

        var stryd = StrydDynamics()
        let rest = [UInt8](repeating: 9, count: 14)
        #expect(
            try readings(&stryd, [0x32, 9, 9, 9, 0xF0, 0] + rest) == [.groundContactTime(Interval(0.24))]
        )
        #expect(try readings(&stryd, [0x32, 9, 9, 9, 0, 0] + rest).isEmpty)
        #expect(try readings(&stryd, [0x31, 9, 9, 9, 0xF0, 0] + rest).isEmpty)
    }

    private static let header: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0]

    @Test("Pulse intervals are beats where nothing disturbs them", arguments: UInt8(0)..<8)
    func pulses(flags: UInt8) throws {
        var profile = PolarMeasurementData()
        var expected: [Reading] = [.fact(.beatsAreComputed(true))]
        if flags & 4 != 0 { expected.append(.contact(flags & 2 != 0)) }
        if flags & 6 != 4 {
            expected.append(.heartRate(HeartRate(60)))
            if flags & 1 == 0 { expected.append(.beat(Beat(interval: 1024))) }
        }
        let sample: [UInt8] = [60, 0xE8, 0x03, 10, 0, flags]
        #expect(try readings(&profile, Self.header + sample) == expected)
        #expect(try readings(&profile, Self.header + sample) == Array(expected.dropFirst()))
    }

    @Test("The rate is 0 while it is not known; the longest interval is not cut to nonsense")
    func pulseLimits() throws {
        var profile = PolarMeasurementData()
        #expect(
            try readings(&profile, Self.header + [0, 0xFF, 0xFF, 0, 0, 0]) == [
                .fact(.beatsAreComputed(true)), .beat(Beat(interval: 65_535)),
            ]
        )
    }

    @Test("Other streams are no readings")
    func streams() throws {
        var profile = PolarMeasurementData()
        for kind in UInt8.min...UInt8.max where kind != 3 {
            #expect(try readings(&profile, [kind] + Array(repeating: 0, count: 15)).isEmpty)
        }
    }

    @Test("Streams are asked for, and what the sensor answers is understood")
    func control() throws {
        typealias Control = PolarMeasurementControl
        #expect(Control.start(.electrocardiogram) == [2, 0, 0, 1, 0x82, 0, 1, 1, 0x0E, 0])
        #expect(Control.start(.pulseIntervals) == [2, 3])
        #expect(Control.stop(.electrocardiogram) == [3, 0])

        func answer(_ bytes: [UInt8]) throws -> Control.Answer? {
            Control.answer(try #require(Payload(bytes)))
        }
        #expect(try answer([0xF0, 2, 0, 0, 0]) == .started(.electrocardiogram))
        #expect(try answer([0xF0, 3, 3, 0]) == .stopped(.pulseIntervals))
        #expect(try answer([0xF0, 2, 3, 3]) == .unsupported(.pulseIntervals))
        #expect(try answer([0xF0, 2, 0, 6]) == .unchanged(.electrocardiogram))
        #expect(try answer([0xF0, 2, 0, 13]) == .refused(.electrocardiogram, status: 13))
        for other: [UInt8] in [[], [0xF0, 2, 0], [0x0F, 2, 0, 0], [0xF0, 1, 0, 0], [0xF0, 2, 1, 0]] {
            #expect(try answer(other) == nil)
        }
    }
}
