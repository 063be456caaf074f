import Simulation
import Testing
import Wire

@Suite struct HeartRateEncoderTests {
    @Test("Pages 4 and 0 take turns, four messages each, and the toggle turns with them")
    func rotation() {
        var encoder = HeartRatePageEncoder()
        let numbers = (0..<20).map { _ in encoder.page(heartRate: 60)[0] }
        let expected: [UInt8] = [4, 0x80, 4, 0x80, 4].flatMap { [UInt8](repeating: $0, count: 4) }
        #expect(numbers == expected)
    }

    @Test("Count and beat time wrap on the wire; the previous beat stands on page 4 alone")
    func wrap() {
        var encoder = HeartRatePageEncoder(startCount: 255, startTicks: 65_000)
        #expect(encoder.page(heartRate: 0).bytes == [4, 0xFF, 0xE8, 0xFD, 0xE8, 0xFD, 0xFF, 0])
        encoder.beat(atTicks1024: 65_000 + 1_024)
        #expect(encoder.page(heartRate: 60).bytes == [4, 0xFF, 0xE8, 0xFD, 0xE8, 0x01, 0, 60])
        for _ in 0..<2 { _ = encoder.page(heartRate: 60) }
        #expect(encoder.page(heartRate: 255).bytes == [0x80, 0xFF, 0xFF, 0xFF, 0xE8, 0x01, 0, 255])
    }

    @Test("With an identity every seventeenth run is background: pages 1, 2, 3 and 7")
    func background() {
        let identity = StrapIdentity(
            manufacturer: 123,
            serialUpper: 0xABCD,
            hardware: 2,
            software: 3,
            model: 4,
            battery: 80
        )
        var encoder = HeartRatePageEncoder(identity: identity)
        var pages: [[UInt8]] = []
        for index in 0..<272 {
            let page = encoder.page(heartRate: 60, operatingSeconds: 7_200)
            if index % 68 == 64 { pages.append(Array(page.bytes.prefix(4))) }
        }
        #expect(pages[0] == [1, 0x10, 0x0E, 0])  // Run 16 has the toggle clear.
        #expect(pages[1] == [0x82, 123, 0xCD, 0xAB])
        #expect(pages[2] == [3, 2, 3, 4])
        #expect(pages[3] == [0x87, 80, 0, 0x2F])
    }

    @Test("Intervals go out oldest first, nine to a value, and none is lost")
    func measurement() {
        var encoder = HeartRateMeasurementEncoder(contact: true)
        #expect(encoder.value(heartRate: 0).bytes == [0x06, 0])
        for interval in 1...10 as ClosedRange<UInt16> { encoder.beat(interval: interval << 8) }
        #expect(encoder.value(heartRate: 61).bytes == [0x16, 61] + (1...9).flatMap { [0, UInt8($0)] })
        #expect(encoder.value(heartRate: 61).bytes == [0x16, 61, 0, 10])
        #expect(HeartRateMeasurementEncoder(contact: nil).pending.isEmpty)
    }

    @Test("A strap that nobody asks keeps the newest intervals")
    func bound() {
        var encoder = HeartRateMeasurementEncoder(contact: false)
        for interval in 1...50 as ClosedRange<UInt16> { encoder.beat(interval: interval) }
        #expect(encoder.pending == Array(11...50))
        #expect(encoder.value(heartRate: 9)[0] == 0x14)
    }
}
