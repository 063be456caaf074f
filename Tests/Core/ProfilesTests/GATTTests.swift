import Profiles
import Testing
import Units
import Wire

@Suite struct GATTTests {
    private func readings<Profile: SensorProfile>(
        _ profile: inout Profile,
        _ bytes: [UInt8],
        at seconds: Int64 = 0
    ) throws -> [Reading] {
        var readings: [Reading] = []
        let time = Instant(nanoseconds: seconds * .second)
        try profile.decode(try #require(Payload(bytes)), at: time, into: &readings)
        return readings
    }

    @Test(
        "Each flag byte of a heart-rate value means what the supplement says",
        arguments: UInt8.min...UInt8.max
    )
    func heartRateFlags(flags: UInt8) throws {
        var profile = HeartRateMeasurement()
        let wide = flags & 0x01 != 0
        let energy = flags & 0x08 != 0
        var bytes: [UInt8] = [flags, 60]
        if wide { bytes += [0] }
        if energy { bytes += [1, 2] }
        let needed = bytes.count
        bytes += [0x00, 0x04, 0x01, 0x04]

        var expected: [Reading] = []
        if flags & 0x04 != 0 { expected.append(.contact(flags & 0x02 != 0)) }
        expected.append(.heartRate(HeartRate(60)))
        if flags & 0x10 != 0, flags & 0x06 != 0x04 {
            expected += [.beat(Beat(interval: 1024)), .beat(Beat(interval: 1025))]
        }
        #expect(try readings(&profile, bytes) == expected)

        let page = try HeartRateMeasurement.Page(Payload(bytes)!)
        #expect(page.energy == (energy ? 0x0201 : nil))
        var fields = FieldList()
        page.describe(to: &fields, context: PageContext())
        #expect(fields["rfu_flags"] == (flags & 0xE0 == 0 ? nil : .integer(Int64(flags & 0xE0))))
        #expect(fields["trailing_bytes"] == (flags & 0x10 == 0 ? .integer(4) : nil))
        for count in 1..<needed {
            #expect(throws: DecodeFailure.length(expected: needed, got: count)) {
                try HeartRateMeasurement.Page(Payload(bytes.prefix(count))!)
            }
        }
    }

    @Test("Strap off: no rate, contact lost")
    func strapOff() throws {
        var profile = HeartRateMeasurement()
        #expect(try readings(&profile, [0x04, 0x00]) == [.contact(false)])
        #expect(
            try readings(&profile, [0x14, 0x48, 0x00, 0x04]) == [.contact(false), .heartRate(HeartRate(72))]
        )
    }

    @Test("As many intervals as fit into a notification are read, oldest first")
    func manyIntervals() throws {
        var profile = HeartRateMeasurement()
        let intervals = (0..<121).map { UInt16(300 + $0) }
        var bytes: [UInt8] = [0x10, 0]
        for interval in intervals { bytes += [UInt8(truncatingIfNeeded: interval), UInt8(interval >> 8)] }
        #expect(try readings(&profile, bytes) == intervals.map { .beat(Beat(interval: $0)) })
    }

    @Test(
        "Each flag byte of a running value means what the supplement says",
        arguments: UInt8.min...UInt8.max
    )
    func runningFlags(flags: UInt8) throws {
        var profile = RunningSpeedCadence()
        let (hasLength, hasDistance) = (flags & 1 != 0, flags & 2 != 0)
        let bytes =
            [flags, 0x80, 0x03, 90] + (hasLength ? [110, 0] : []) + (hasDistance ? [10, 0, 0, 0] : [])
        var expected: [Reading] = [.speed(Speed(3.5)), .strideRate(StrideRate(90))]
        if hasLength { expected.append(.strideLength(Distance(1.1))) }
        if hasDistance { expected.append(.distance(Distance(0))) }
        #expect(try readings(&profile, bytes) == expected)
        for count in 0..<bytes.count {
            #expect(throws: DecodeFailure.self) {
                try RunningSpeedCadence.Page(Payload(bytes.prefix(count))!)
            }
        }
    }

    @Test("The running distance counts growth; a sensor that starts again adds nothing")
    func runningDistance() throws {
        var profile = RunningSpeedCadence()
        func value(_ total: UInt32) -> [UInt8] {
            var bytes: [UInt8] = [2, 0, 3, 90]
            for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: total >> (8 * index))) }
            return bytes
        }
        let steps: [(total: UInt32, second: Int64, metres: Double)] = [
            (4_294_967_290, 0, 0), (4, 1, 1), (34, 2, 4), (20_034, 102, 2004),  // 2 km unheard in 100 s.
            (10, 103, 2004), (40, 104, 2007), (4_000_000_000, 105, 2007), (4_000_000_030, 106, 2010),
            // 120 m in a second are the limit, 121 m are beyond it.
            (4_000_001_230, 107, 2130), (4_000_002_440, 108, 2130),
        ]
        for step in steps {
            let distance = try readings(&profile, value(step.total), at: step.second).last
            #expect(distance == .distance(Distance(step.metres)), "\(step)")
        }
    }

    @Test("A battery level is told when it changes, and only when it is one")
    func battery() throws {
        var profile = BatteryLevel()
        #expect(try readings(&profile, [90]) == [.fact(.batteryLevel(90))])
        #expect(try readings(&profile, [90]).isEmpty)
        for reserved in UInt8(101)...255 { #expect(try readings(&profile, [reserved]).isEmpty) }
        #expect(try readings(&profile, [89]) == [.fact(.batteryLevel(89))])
    }

    @Test("A location is told once")
    func location() throws {
        var body = BodySensorLocation()
        #expect(try readings(&body, [1]) == [.fact(.location(1))])
        #expect(try readings(&body, [1]).isEmpty)
        var shoe = SensorLocation()
        #expect(try readings(&shoe, [2]) == [.fact(.location(2))])
        #expect(try readings(&shoe, [2]).isEmpty)
    }

    @Test("A string is told without the NUL bytes at its end, once")
    func strings() throws {
        var name = DeviceInformation<ManufacturerName>()
        let expected = Payload("Polar".utf8)!
        #expect(try readings(&name, Array("Polar\0\0".utf8)) == [.fact(.text(.manufacturer, expected))])
        #expect(try readings(&name, Array("Polar".utf8)).isEmpty)
        var firmware = DeviceInformation<FirmwareRevision>()
        #expect(try readings(&firmware, [0, 0]) == [.fact(.text(.firmware, Payload()))])
    }
}
