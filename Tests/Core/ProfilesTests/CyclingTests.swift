import Profiles
import Testing
import Units
import Wire

@Suite struct CyclingTests {
    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// A value of 2A5B.
    private func value(wheel: (UInt32, UInt16)? = nil, crank: (UInt16, UInt16)? = nil) -> [UInt8] {
        var bytes = [UInt8((wheel == nil ? 0 : 1) | (crank == nil ? 0 : 2))]
        if let (turns, time) = wheel { bytes += Self.bytes(turns) + Self.bytes(time) }
        if let (turns, time) = crank { bytes += Self.bytes(turns) + Self.bytes(time) }
        return bytes
    }

    private struct Bike<Profile: SensorProfile> {
        var profile = Profile()

        mutating func ride(_ bytes: [UInt8], at seconds: Double) throws -> [Reading] {
            var readings: [Reading] = []
            let time = Instant(nanoseconds: Int64(seconds * 1e9))
            try profile.decode(try #require(Payload(bytes)), at: time, into: &readings)
            return readings
        }
    }

    @Test("Turns of wheel and crank become rates; both counters may wrap")
    func rates() throws {
        var bike = Bike<CyclingSpeedCadence>()
        #expect(
            try bike.ride(value(wheel: (0xFFFF_FFFE, 64_512), crank: (65_535, 65_024)), at: 0)
                == [.wheelRevolutions(0)]
        )
        #expect(
            try bike.ride(value(wheel: (2, 0), crank: (1, 512)), at: 1) == [.wheelRevolutions(4)],
            "the turn that the first value tells of may be old"
        )
        #expect(
            try bike.ride(value(wheel: (6, 1024), crank: (3, 1536)), at: 2) == [
                .wheelRate(RotationRate(240)), .wheelRevolutions(8), .crankRate(RotationRate(120)),
            ]
        )
    }

    @Test("A wheel that stands has the rate 0 after 3 s, and no other before")
    func standstill() throws {
        var bike = Bike<CyclingSpeedCadence>()
        _ = try bike.ride(value(crank: (0, 64_512)), at: -1)
        _ = try bike.ride(value(crank: (1, 0)), at: 0)
        #expect(try bike.ride(value(crank: (2, 1024)), at: 1) == [.crankRate(RotationRate(60))])
        #expect(try bike.ride(value(crank: (2, 1024)), at: 2).isEmpty)
        #expect(try bike.ride(value(crank: (2, 1024)), at: 3.9).isEmpty)
        #expect(try bike.ride(value(crank: (2, 1024)), at: 4) == [.crankRate(RotationRate(0))])
        #expect(try bike.ride(value(crank: (2, 1024)), at: 5) == [.crankRate(RotationRate(0))])
        #expect(try bike.ride(value(crank: (3, 6144)), at: 6) == [.crankRate(RotationRate(12))])
    }

    @Test("After a pause in which the event time may have wrapped, turns count and the rate is not known")
    func pause() throws {
        var bike = Bike<CyclingSpeedCadence>()
        _ = try bike.ride(value(wheel: (98, 64_512)), at: -1)
        _ = try bike.ride(value(wheel: (100, 0)), at: 0)
        #expect(try bike.ride(value(wheel: (300, 9000)), at: 62.5) == [.wheelRevolutions(202)])
        #expect(
            try bike.ride(value(wheel: (304, 10_024)), at: 63.5) == [
                .wheelRate(RotationRate(240)), .wheelRevolutions(206),
            ]
        )
    }

    @Test("A sensor that starts again adds nothing")
    func restart() throws {
        var bike = Bike<CyclingSpeedCadence>()
        _ = try bike.ride(value(wheel: (1000, 0)), at: 0)
        _ = try bike.ride(value(wheel: (1010, 2048)), at: 2)
        #expect(try bike.ride(value(wheel: (0, 0)), at: 3) == [.wheelRevolutions(10)])
        #expect(try bike.ride(value(wheel: (1, 1024)), at: 4) == [.wheelRevolutions(11)])
        #expect(
            try bike.ride(value(wheel: (2, 2048)), at: 5) == [
                .wheelRate(RotationRate(60)), .wheelRevolutions(12),
            ]
        )
    }

    @Test("Turns that share an event time, or come faster than any rider, have no rate")
    func implausible() throws {
        var bike = Bike<CyclingSpeedCadence>()
        _ = try bike.ride(value(crank: (65_535, 64_000)), at: -1)
        _ = try bike.ride(value(crank: (0, 0)), at: 0)
        #expect(try bike.ride(value(crank: (1, 0)), at: 1).isEmpty)
        #expect(try bike.ride(value(crank: (2, 100)), at: 2).isEmpty)
        #expect(try bike.ride(value(crank: (3, 1124)), at: 3) == [.crankRate(RotationRate(60))])
        #expect(try bike.ride(value(crank: (4, 7268)), at: 4).isEmpty, "6 s in 1 s")
    }

    /// Bytes of the field that each flag of 2A63 announces.
    private static let powerSizes = [0: 1, 2: 2, 4: 6, 5: 4, 6: 4, 7: 4, 8: 3, 9: 2, 10: 2, 11: 2]

    @Test("Each set of flags of a power value announces its length, and no byte less will do")
    func powerFlags() throws {
        for flags in 0..<0x2000 {
            let length = Self.powerSizes.reduce(4) { $0 + (flags >> $1.key & 1 == 0 ? 0 : $1.value) }
            let bytes = Self.bytes(UInt16(flags)) + Array(repeating: 0, count: length - 2)
            let page = try CyclingPowerMeasurement.Page(try #require(Payload(bytes)))
            #expect((page.wheel != nil) == (flags & 1 << 4 != 0))
            #expect((page.crank != nil) == (flags & 1 << 5 != 0))
            #expect(throws: DecodeFailure.length(expected: length, got: length - 1)) {
                try CyclingPowerMeasurement.Page(Payload(bytes.dropLast())!)
            }
        }
    }

    @Test("Power keeps its sign; the wheel's clock is twice as fast as the crank's")
    func power() throws {
        func value(
            _ watts: Int16,
            _ wheel: UInt32,
            _ wheelTime: UInt16,
            _ crank: UInt16,
            _ time: UInt16
        ) -> [UInt8] {
            Self.bytes(UInt16(0x30)) + Self.bytes(watts) + Self.bytes(wheel) + Self.bytes(wheelTime)
                + Self.bytes(crank) + Self.bytes(time)
        }
        var bike = Bike<CyclingPowerMeasurement>()
        #expect(try bike.ride(value(-50, 9, 0, 9, 0), at: 0) == [.power(Power(-50)), .wheelRevolutions(0)])
        #expect(
            try bike.ride(value(250, 13, 2048, 10, 1024), at: 1) == [
                .power(Power(250)), .wheelRevolutions(4),
            ]
        )
        #expect(
            try bike.ride(value(250, 17, 4096, 11, 2048), at: 2) == [
                .power(Power(250)), .crankRate(RotationRate(60)), .wheelRate(RotationRate(240)),
                .wheelRevolutions(8),
            ]
        )

        var runner = Bike<CyclingPowerMeasurement>()
        runner.profile.apply(ModelQuirks.of(name: "Stryd"))
        #expect(try runner.ride(value(250, 9, 0, 9, 0), at: 0) == [.power(Power(250))])
        #expect(
            try runner.ride(value(250, 13, 2048, 12, 2048), at: 2) == [.power(Power(250))]
        )
        #expect(
            try runner.ride(value(250, 17, 6144, 15, 4096), at: 4) == [
                .power(Power(250)), .strideRate(StrideRate(90)),
            ]
        )
    }
}
