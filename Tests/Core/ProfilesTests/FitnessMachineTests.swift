import Profiles
import Testing
import Units
import Wire

@Suite struct FitnessMachineTests {
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

    private func value(flags: Int, length: Int) -> [UInt8] {
        [UInt8(flags & 0xFF), UInt8(flags >> 8)] + Array(repeating: 1, count: length - 2)
    }

    private func length(_ flags: Int, _ sizes: [Int]) -> Int {
        sizes.indices.reduce(flags & 1 == 0 ? 4 : 2) { $0 + (flags >> $1 & 1 == 0 ? 0 : sizes[$1]) }
    }

    @Test("Each set of flags of a treadmill announces its length; only paces may be shorter, and all of them")
    func treadmillFlags() throws {
        let sizes = [0, 2, 3, 4, 4, 2, 2, 5, 1, 1, 2, 2, 4]
        for flags in 0..<0x2000 {
            let needed = length(flags, sizes)
            let paces = (flags >> 5 & 1) + (flags >> 6 & 1)
            let read = try (2...needed).filter { count in
                let payload = try #require(Payload(value(flags: flags, length: count)))
                return (try? TreadmillData.Page(payload)) != nil
            }
            #expect(read == (paces == 0 ? [needed] : [needed - paces, needed]), "\(flags)")
        }
    }

    @Test("Each set of flags of a bike announces its length, and no byte less will do")
    func bikeFlags() throws {
        let sizes = [0, 2, 2, 2, 3, 2, 2, 2, 5, 1, 1, 2, 2]
        for flags in 0..<0x2000 {
            let needed = length(flags, sizes)
            let bytes = value(flags: flags, length: needed)
            _ = try IndoorBikeData.Page(try #require(Payload(bytes)))
            #expect(throws: DecodeFailure.length(expected: needed, got: needed - 1)) {
                try IndoorBikeData.Page(Payload(bytes.dropLast())!)
            }
        }
    }

    @Test("A treadmill's speed, distance, power and rate are the runner's")
    func treadmill() throws {
        var profile = TreadmillData()
        let first: [UInt8] = [0x04, 0x11, 0x10, 0x0E, 50, 0, 0, 120, 0, 0, 0xFA, 0]
        #expect(
            try readings(&profile, first) == [
                .speed(Speed(10)), .distance(Distance(0)), .power(Power(250)), .heartRate(HeartRate(120)),
            ]
        )
        // More data follows: what this value does not hold is left alone.
        #expect(try readings(&profile, [0x05, 0x00, 60, 0, 0], at: 1) == [.distance(Distance(10))])
        // Another session starts at 0.
        #expect(try readings(&profile, [0x05, 0x00, 2, 0, 0], at: 2) == [.distance(Distance(10))])
        #expect(try readings(&profile, [0x05, 0x00, 5, 0, 0], at: 3) == [.distance(Distance(13))])
    }

    @Test("A treadmill without power or rate tells none")
    func unknown() throws {
        var profile = TreadmillData()
        #expect(try readings(&profile, [0x01, 0x11, 0, 0, 0, 0xFF, 0x7F]).isEmpty)
    }

    @Test("A bike's power, cadence and rate are readings, its computed speed and distance are not")
    func bike() throws {
        var profile = IndoorBikeData()
        let bytes: [UInt8] = [0x54, 0x02, 0xF2, 0x08, 0xB1, 0x00, 1, 2, 3, 0xCE, 0xFF, 140]
        #expect(
            try readings(&profile, bytes) == [
                .power(Power(-50)), .crankRate(RotationRate(88.5)), .heartRate(HeartRate(140)),
            ]
        )
    }

    @Test("A place is told when the sensor knows it", arguments: 0...3)
    func position(status: Int) throws {
        var profile = LocationAndSpeed()
        let flags: [UInt8] = [0x0C | UInt8(status << 7 & 0x80), UInt8(status >> 1)]
        let place: [UInt8] = [0xC0, 0xFA, 0x76, 0x23, 0x80, 0x10, 0x9C, 0x0A]
        let elevation: [UInt8] = [0xF0, 0xD8, 0xFF]
        let here = Reading.position(try #require(Position(latitude: 59.5, longitude: 17.8)))
        let high = Reading.elevation(Distance(-100))
        #expect(try readings(&profile, flags + place + elevation) == (status == 3 ? [high] : [here, high]))

        let origin = try readings(&profile, flags + Array(repeating: 0, count: 8) + elevation)
        #expect(origin.count == (status == 1 || status == 2 ? 2 : 1))
        let nowhere = try readings(&profile, flags + Array(repeating: 0x7F, count: 8) + elevation)
        #expect(nowhere == [high])
    }

    @Test("A receiver's speed and distance are told, the distance as growth")
    func navigation() throws {
        var profile = LocationAndSpeed()
        #expect(
            try readings(&profile, [3, 0, 0x2C, 1, 10, 0, 0]) == [.speed(Speed(3)), .distance(Distance(0))]
        )
        #expect(
            try readings(&profile, [3, 0, 0x2C, 1, 40, 0, 0], at: 1) == [
                .speed(Speed(3)), .distance(Distance(3)),
            ]
        )
    }
}
