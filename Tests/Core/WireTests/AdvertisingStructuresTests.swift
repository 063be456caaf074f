import Testing
import Wire

@Suite struct AdvertisingStructuresTests {
    private func structures(_ bytes: [UInt8]) throws -> (found: [AdvertisingStructure], missing: Int?) {
        var structures = AdvertisingStructures(try #require(Payload(bytes)))
        var found: [AdvertisingStructure] = []
        while let structure = structures.next() { found.append(structure) }
        return (found, structures.missingLength)
    }

    @Test("Structures come in order, with the place of their data")
    func order() throws {
        let (found, missing) = try structures([2, 0x01, 6, 1, 0x16, 4, 0xFF, 0x6B, 0, 9])
        #expect(
            found == [
                AdvertisingStructure(type: 0x01, data: 2..<3), AdvertisingStructure(type: 0x16, data: 5..<5),
                AdvertisingStructure(type: 0xFF, data: 7..<10),
            ]
        )
        #expect(missing == nil)
    }

    @Test("A length of 0 ends the advertisement")
    func padding() throws {
        let (found, missing) = try structures([2, 0x01, 6, 0, 0, 9])
        #expect(found.count == 1)
        #expect(missing == nil)
    }

    @Test("A structure that reaches past the end is none, and nothing follows it")
    func cut() throws {
        let (found, missing) = try structures([2, 0x01, 6, 3, 0xFF, 0x6B])
        #expect(found.count == 1)
        #expect(missing == 7)
        #expect(try structures([255]).missing == 256)
    }

    @Test("Whatever the bytes, data lie within them")
    func noise() throws {
        var random = SplitMix64(seed: 4)
        for _ in 0..<5_000 {
            let count = Int(random.next() % UInt64(Payload.capacity + 1))
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 3) & 0x1F }
            var end = 0
            for structure in try structures(bytes).found {
                #expect(structure.data.lowerBound == end + 2)
                end = structure.data.upperBound
            }
            #expect(end <= count)
        }
    }

    @Test("A part of a payload has the bytes of its range")
    func part() {
        let payload = Payload(0..<248)!
        #expect(payload[0..<0] == Payload())
        #expect(payload[7..<207].bytes == Array(7..<207))
        #expect(payload[0..<248] == payload)
    }
}
