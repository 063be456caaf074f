import Profiles
import Testing
import Wire

/// What holds for every sensor profile, present and future.
@Suite struct LawTests {
    static let names = ProfileRegistry.all.map { $0.name }

    @Test("Noise never traps, and a failure leaves no trace", arguments: names)
    func noise(name: String) throws {
        let profile = try #require(ProfileRegistry.named(name))
        try expectSound(profile)
    }

    @Test("Every first byte is decoded or refused, whatever the length", arguments: names)
    func firstBytes(name: String) throws {
        let profile = try #require(ProfileRegistry.named(name))
        var decoder: any SensorProfile = profile.init()
        var readings: [Reading] = []
        for first in UInt8.min...UInt8.max {
            for count in 1...12 {
                for filler: UInt8 in [0x00, 0x55, 0xAA, 0xFF] {
                    let bytes = [first] + Array(repeating: filler, count: count - 1)
                    try? decoder.decode(try #require(Payload(bytes)), at: Self.start, into: &readings)
                }
            }
            readings.removeAll(keepingCapacity: true)
        }
    }

    @Test("A page says the same each time it is read", arguments: names)
    func deterministic(name: String) throws {
        let profile = try #require(ProfileRegistry.named(name))
        try expectDeterministic(profile)
    }

    private static let start = Instant(nanoseconds: 0)

    /// Payloads that look like a radio's: mostly of the right length, mostly with a small first byte, times
    /// that mostly step by a quarter of a second and now and then jump.
    private struct Noise {
        var random = SplitMix64(seed: 7)
        var time = LawTests.start
        let address: ProfileAddress

        private var isPage: Bool {
            switch address {
            case .antPlus, .antPlusCommon: true
            case .characteristic, .advertisement, .manufacturerData: false
            }
        }

        mutating func next() -> (Payload, Instant) {
            let count = isPage && random.next() % 16 != 0 ? 8 : Int(random.next() % 24)
            var bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if count > 0, random.next() % 2 == 0 { bytes[0] &= 0x9F }
            if random.next() % 2 == 0 { bytes = wrapped(bytes) }
            let step = random.next() % 64
            time = time + (step == 0 ? Int64(bitPattern: random.next() >> 20) - .hour : .second / 4)
            return (Payload(bytes)!, time)
        }

        /// `bytes` as part of an advertisement, where that is what the profile takes.
        private func wrapped(_ bytes: [UInt8]) -> [UInt8] {
            switch address {
            case .antPlus, .antPlusCommon, .characteristic: bytes
            case .advertisement: [UInt8(bytes.count + 3), 0xFF, 0x6B, 0x00] + bytes
            case .manufacturerData(let company, _):
                [UInt8(truncatingIfNeeded: company), UInt8(company >> 8)] + bytes
            }
        }
    }

    private func expectSound<Profile: SensorProfile>(_ profile: Profile.Type) throws {
        var noise = Noise(address: profile.address)
        var decoder = Profile()
        var readings: [Reading] = []
        var (distance, strides, turns) = (0.0, UInt64(0), UInt64(0))
        var decoded = 0
        for _ in 0..<20_000 {
            let (payload, time) = noise.next()
            let before = decoder
            readings.removeAll(keepingCapacity: true)
            do throws(DecodeFailure) {
                try decoder.decode(payload, at: time, into: &readings)
                decoded += 1
            } catch {
                #expect(readings.isEmpty)
                #expect(decoder == before)
            }
            for reading in readings {
                switch reading {
                case .distance(let total):
                    #expect(total.value >= distance)
                    distance = total.value
                case .strideCount(let total):
                    #expect(total >= strides)
                    strides = total
                case .wheelRevolutions(let total):
                    #expect(total >= turns)
                    turns = total
                case .beatsMissed(let count): #expect(count > 0)
                default: break
                }
            }
        }
        #expect(decoded > 100)
    }

    private func expectDeterministic<Profile: SensorProfile>(_ profile: Profile.Type) throws {
        var noise = Noise(address: profile.address)
        for _ in 0..<2_000 {
            let (payload, _) = noise.next()
            let pages = [try? Profile.Page(payload), try? Profile.Page(payload)]
            #expect(pages[0] == pages[1])
            guard let page = pages[0] else { continue }
            var (once, twice) = (FieldList(), FieldList())
            page.describe(to: &once, context: PageContext(deviceNumber: 1))
            page.describe(to: &twice, context: PageContext(deviceNumber: 1))
            #expect(once == twice)
            #expect(!once.fields.isEmpty)
            #expect(Set(once.fields.map(\.name)).count == once.fields.count)
        }
    }
}
