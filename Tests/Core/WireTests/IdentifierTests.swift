import Testing
import Wire

@Suite struct IdentifierTests {
    @Test(
        "A sensor id reads back as it was written",
        arguments: ["ant:54321:120", "ant:1048575:124", "ble:C0:FF:EE:00:00:01"]
    )
    func sensorRoundTrip(text: String) throws {
        #expect(try #require(SensorID(text)).description == text)
    }

    @Test(
        "What is no sensor id is refused",
        arguments: [
            "", "ant:1", "ant:1048576:1", "ant:1:128", "ble:C0:FF:EE:00:00", "ble:C0:FF:EE:00:00:0G", "usb:1",
        ]
    )
    func sensorRefused(text: String) { #expect(SensorID(text) == nil) }

    @Test("UUIDs carry their version and variant, and sort by time")
    func uuids() throws {
        var random = SplitMix64(seed: 1)
        let stream = UUID.random(using: &random).description
        #expect(stream.dropFirst(14).first == "4")
        let sessions = (0..<100).map { UUID.ordered(milliseconds: UInt64($0), using: &random) }
        #expect(sessions == sessions.sorted())
        #expect(sessions[0].description.dropFirst(14).first == "7")
        #expect(try #require(UUID(stream)).description == stream)
        #expect(UUID(stream.replacing("-", with: "")) == nil)
    }

    @Test("A characteristic prints its assigned number, or all of its UUID")
    func attributes() throws {
        #expect(AttributeUUID(0x2A37).description == "2a37")
        #expect(AttributeUUID("00002a37-0000-1000-8000-00805f9b34fb") == AttributeUUID(0x2A37))
        let own = "7e78aa19-72cd-d3b8-a81f-5b7e589bea0f"
        #expect(try #require(AttributeUUID(own)).description == own)
        #expect(try #require(AttributeUUID(own)).short == nil)
    }

    @Test("The checksum is the one that zlib computes")
    func checksum() {
        // Source: the check value of CRC-32/ISO-HDLC, "123456789".
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    }
}
