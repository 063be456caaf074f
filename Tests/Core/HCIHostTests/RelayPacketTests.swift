import HCIHost
import Testing
import Wire

@Suite struct RelayPacketTests {
    private static let report = RelayPacket.Report(
        adapter: 0x0011_2233_4455,
        time: Instant(nanoseconds: 0x0102_0304_0506_0708),
        advertising: AdvertisingReport(
            address: 0xC0FF_EE00_0001,
            addressType: .random,
            strength: -60,
            data: Payload([2, 1, 6])!
        )
    )

    private static func read(_ bytes: [UInt8]) -> RelayPacket? { bytes.withUnsafeBytes { RelayPacket($0) } }

    @Test("A report has the documented layout, byte by byte")
    func layout() {
        let bytes = RelayPacket.report(Self.report).bytes
        #expect(
            Hex.text(bytes).lowercased() == "010101c4" + "554433221100" + "010000eeffc0" + "0807060504030201"
                + "020106"
        )
    }

    @Test("Every kind comes out as it went in")
    func roundTrip() {
        var status = RelayPacket.Status(adapter: 7, state: .recovering, failure: .denied)
        (status.heard, status.dropped, status.rearmed) = (1 << 40, 2, 3)
        let full = AdvertisementFilter(companies: Array(0..<64), services: Array(100..<164))
        var unknown = Self.report
        unknown.advertising.strength = nil
        unknown.advertising.data = Payload([UInt8](repeating: 9, count: Payload.capacity))!
        for packet in [
            .report(Self.report), .report(unknown), .status(status), .filter(full), .filter(.init()),
        ]
            as [RelayPacket]
        {
            #expect(Self.read(packet.bytes) == packet)
            #expect(packet.bytes.count <= RelayPacket.maximumBytes)
        }
    }

    @Test("What is cut, too long, of another version or of an unknown kind is no packet")
    func refusals() {
        let status = RelayPacket.status(.init(adapter: 1, state: .listening)).bytes
        let filter = RelayPacket.filter(.init(companies: [1, 2], services: [3])).bytes
        for bytes in [Array(RelayPacket.report(Self.report).bytes.prefix(24)), status, filter] {
            for length in 0..<bytes.count { #expect(Self.read(Array(bytes[..<length])) == nil) }
            #expect(Self.read(bytes) != nil)
            #expect(Self.read([2] + bytes.dropFirst()) == nil)
            #expect(Self.read([1, 9] + bytes.dropFirst(2)) == nil)
        }
        #expect(Self.read(RelayPacket.report(Self.report).bytes + [UInt8](repeating: 0, count: 300)) == nil)
        #expect(Self.read([1, 3, 65, 0] + [UInt8](repeating: 0, count: 200)) == nil)
    }

    @Test("A full queue gives up its oldest reports, counts them and keeps the order")
    func queue() {
        var queue = ReportQueue(capacity: 4)
        var reports: [RelayPacket.Report] = []
        for number in 0..<10 as Range<Int64> {
            var report = Self.report
            report.time = Instant(nanoseconds: number)
            reports.append(report)
        }
        for report in reports.prefix(7) { queue.append(report) }
        #expect(queue.dropped == 3 && queue.count == 4)
        queue.removeFirst()
        for report in reports.suffix(3) { queue.append(report) }
        var left: [Int64] = []
        while let first = queue.first {
            left.append(first.time.nanoseconds)
            queue.removeFirst()
        }
        #expect(left == [6, 7, 8, 9])
        #expect(queue.dropped == 5)
        queue.removeFirst()
        #expect(queue.isEmpty && queue.first == nil)
    }
}
