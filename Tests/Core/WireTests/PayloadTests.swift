import Testing
import Wire

@Suite struct PayloadTests {
    @Test(
        "Up to 248 bytes are kept in order, more are refused",
        arguments: [0, 1, 8, 64, 193, 247, 248, 249]
    )
    func capacity(count: Int) {
        let bytes = (0..<count).map { UInt8($0 & 0xFF) }
        #expect(Payload(bytes)?.bytes == (count <= 248 ? bytes : nil))
    }

    @Test("Appending builds the same payload, and ends at the capacity")
    func append() {
        var payload = Payload()
        for index in 0..<300 { #expect(payload.append(UInt8(index & 0xFF)) == (index < 248)) }
        #expect(payload == Payload((0..<248).map { UInt8($0) }))
    }

    @Test("A reader gives little-endian fields, and nothing past the end")
    func reader() {
        var reader = ByteReader(Payload([1, 2, 3, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF])!)
        #expect(reader.uint8() == 1)
        #expect(reader.uint16() == 0x0302)
        #expect(reader.int16() == -1)
        #expect(reader.uint32() == nil)
        #expect(reader.remaining == 3)
        #expect(reader.int24() == -2)
        #expect(reader.uint8() == nil)
        #expect(reader.skip(1) == false)
    }

    @Test("A roll-over counts forward; a resynchronised counter invents nothing")
    func rollover() {
        var counter = RolloverCounter(bits: 8)
        for reading: UInt8 in [250, 255, 4, 4] { counter.advance(to: reading) }
        #expect(counter.total == 10)
        counter.resynchronise()
        counter.advance(to: UInt8(200))
        #expect(counter.total == 10)
        #expect(counter.increment(to: UInt8(201)) == 1)
    }
}
