import Profiles
import Testing
import Units
import Wire

@Suite struct ModelQuirksTests {
    private func readings<Profile: SensorProfile>(
        _ profile: Profile.Type,
        _ quirks: ModelQuirks,
        _ bytes: [UInt8]
    ) throws -> [Reading] {
        var decoder = Profile()
        decoder.apply(quirks)
        var readings: [Reading] = []
        try decoder.decode(try #require(Payload(bytes)), at: Instant(nanoseconds: 0), into: &readings)
        return readings
    }

    @Test(
        "The table knows models by name, manufacturer and serial number",
        arguments: [
            ("Stryd", nil, nil, ModelQuirks.runningAsCycling),
            ("STRYD 1234", nil, nil, .runningAsCycling),
            ("TICKR X 12AB", nil, nil, .stepsForStrides),
            ("TICKR 12AB", nil, nil, []),
            ("Anna's strap", "WHOOP Inc.", "5AM0123456", [.intervalsInMilliseconds, .halfSecondFillers]),
            ("WHOOP 4A", "WHOOP Inc.", "4A0123456", []),
            ("Polar H10 12345678", "Polar Electro Oy", "5A345678", []),
            (nil, nil, nil, []),
            ("", "", "", []),
        ] as [(String?, String?, String?, ModelQuirks)]
    )
    func table(name: String?, manufacturer: String?, serial: String?, expected: ModelQuirks) {
        #expect(ModelQuirks.of(name: name, manufacturer: manufacturer, serial: serial) == expected)
    }

    @Test("Intervals in milliseconds become 1/1024 s")
    func milliseconds() throws {
        let bytes: [UInt8] = [0x10, 60, 0xE8, 0x03, 0xF4, 0x01, 0xFF, 0xFF]
        #expect(
            try readings(HeartRateMeasurement.self, .intervalsInMilliseconds, bytes) == [
                .heartRate(HeartRate(60)), .beat(Beat(interval: 1024)), .beat(Beat(interval: 512)),
                .beat(Beat(interval: 65_535)),
            ]
        )
        #expect(
            try readings(HeartRateMeasurement.self, [], bytes) == [
                .heartRate(HeartRate(60)), .beat(Beat(interval: 1000)), .beat(Beat(interval: 500)),
                .beat(Beat(interval: 65_535)),
            ]
        )
    }

    @Test("A filler of 500 is no beat unless the rate is near 120", arguments: UInt8(1)...254)
    func fillers(rate: UInt8) throws {
        let quirks: ModelQuirks = [.intervalsInMilliseconds, .halfSecondFillers]
        let found = try readings(HeartRateMeasurement.self, quirks, [0x10, rate, 0xF4, 0x01])
        let beats: [Reading] = (90...150).contains(rate) ? [.beat(Beat(interval: 512))] : []
        #expect(found == [.heartRate(HeartRate(Double(rate)))] + beats)
    }

    @Test("Steps become strides")
    func steps() throws {
        let bytes: [UInt8] = [4, 0, 3, 180]
        #expect(
            try readings(RunningSpeedCadence.self, .stepsForStrides, bytes) == [
                .speed(Speed(3)), .strideRate(StrideRate(90)),
            ]
        )
    }

    @Test("A profile that has no odd models keeps its readings")
    func indifferent() throws {
        #expect(try readings(BatteryLevel.self, .all, [90]) == [.fact(.batteryLevel(90))])
    }
}

extension ModelQuirks {
    fileprivate static let all: ModelQuirks = [
        .intervalsInMilliseconds, .halfSecondFillers, .stepsForStrides, .runningAsCycling,
    ]
}
