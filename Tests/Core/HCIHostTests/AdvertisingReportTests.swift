import HCIHost
import Testing
import Wire

/// LE Meta events as a controller sends them. The advertisements are those of the decoders' vectors; the
/// heads around them are laid out by hand from the specification.
@Suite struct AdvertisingReportTests {
    /// Flags, and manufacturer data that a real H10 sent: `ble-adv.polar_hr/007` of the vectors.
    static let strap = Hex.bytes("02010607ff6b0033000038".utf8)!

    static func legacy(
        type: UInt8 = 0,
        addressType: UInt8 = 1,
        address: [UInt8] = [1, 0, 0, 0xEE, 0xFF, 0xC0],
        data: [UInt8] = strap,
        strength: UInt8 = 0xC4
    ) -> [UInt8] {
        [type, addressType] + address + [UInt8(data.count)] + data + [strength]
    }

    static func extended(type: UInt16, addressType: UInt8 = 1, data: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: type), UInt8(type >> 8), addressType, 1, 0, 0, 0xEE, 0xFF, 0xC0]
            + [1, 0, 0xFF, 0x7F, 0xBE, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(data.count)] + data
    }

    private static func read(_ bytes: [UInt8]) -> (reports: [AdvertisingReport], count: ReportCount?) {
        var reports: [AdvertisingReport] = []
        let count = bytes.withUnsafeBytes { bytes in AdvertisingReports.read(bytes) { reports.append($0) } }
        return (reports, count)
    }

    @Test("A legacy report gives address, strength and the AD structures")
    func legacyReport() throws {
        let (reports, count) = Self.read([0x02, 1] + Self.legacy())
        let report = try #require(reports.first)
        #expect(SensorID.ble(address: report.address).description == "ble:C0:FF:EE:00:00:01")
        #expect(report.addressType == .random)
        #expect(report.strength == -60)
        #expect(report.data.bytes == Self.strap)
        #expect(!report.isScanResponse)
        #expect(count?.taken == 1 && count?.isDamaged == false)
    }

    @Test("An extended report gives the same, and up to 229 bytes of structures")
    func extendedReport() throws {
        let long = [UInt8](repeating: 0x20, count: 229)
        let reports = [Self.extended(type: 0x13, data: Self.strap), Self.extended(type: 0, data: long)]
        for bytes in reports {
            let (found, count) = Self.read([0x0D, 1] + bytes)
            let report = try #require(found.first)
            #expect(SensorID.ble(address: report.address).description == "ble:C0:FF:EE:00:00:01")
            #expect(report.strength == -66)
            #expect(report.data.bytes == Array(bytes[24...]))
            #expect(count?.isDamaged == false)
        }
    }

    @Test("Several reports in one event are told apart")
    func severalReports() {
        let other = Self.legacy(type: 4, addressType: 0, data: [], strength: 127)
        let (reports, count) = Self.read([0x02, 3] + Self.legacy() + other + Self.legacy())
        #expect(reports.map(\.isScanResponse) == [false, true, false])
        #expect(reports[1].strength == nil)
        #expect(reports[1].data.isEmpty)
        #expect(count?.taken == 3 && count?.isDamaged == false)
    }

    @Test("Parts of a longer advertisement and anonymous ones are left out and counted")
    func skipped() {
        let (reports, count) = Self.read(
            [0x0D, 4] + Self.extended(type: 0x20, data: Self.strap)
                + Self.extended(type: 0x40, data: Self.strap)
                + Self.extended(type: 0, addressType: 0xFF, data: Self.strap)
                + Self.extended(type: 0x1B, data: Self.strap)
        )
        #expect(reports.count == 1)
        #expect(reports.first?.isScanResponse == true)
        #expect(count?.skipped == 3 && count?.isDamaged == false)
    }

    @Test(
        "Cut anywhere, an event yields the whole reports before the cut and counts as damaged",
        arguments: [UInt8(0x02), 0x0D]
    )
    func truncation(subevent: UInt8) {
        let one = subevent == 0x02 ? Self.legacy() : Self.extended(type: 0, data: Self.strap)
        let whole = [subevent, 3] + one + one + one
        for length in 1..<whole.count {
            let (reports, count) = Self.read(Array(whole[..<length]))
            #expect(reports.count == max(0, length - 2) / one.count, "cut at \(length)")
            #expect(count?.isDamaged == true, "cut at \(length)")
        }
        #expect(Self.read(whole + [0]).count?.isDamaged == true)
        #expect(Self.read(whole).count?.isDamaged == false)
    }

    @Test("Other events are none of its business, and noise never traps")
    func noise() {
        #expect(Self.read([]).count == nil)
        #expect(Self.read([0x01, 0, 0]).count == nil)
        var random = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            var bytes = (0..<Int(random.next() % 256)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if !bytes.isEmpty { bytes[0] = random.next() & 1 == 0 ? 0x02 : 0x0D }
            let (reports, count) = Self.read(bytes)
            #expect(reports.count == count?.taken ?? 0)
        }
    }

    @Test(
        "What the filter lets pass is manufacturer and service data of those asked for, and all without one"
    )
    func filter() throws {
        let polar = try #require(Payload(Self.strap))
        let service = try #require(Payload(Hex.bytes("020106051609180102".utf8)!))
        let phone = try #require(Payload(Hex.bytes("02011a05ff4c001005".utf8)!))
        let cut = try #require(Payload(Hex.bytes("02010609ff6b00".utf8)!))
        let wanted = AdvertisementFilter(companies: [0x006B], services: [0x1809])
        #expect(wanted.passes(polar))
        #expect(wanted.passes(service))
        #expect(!wanted.passes(phone))
        #expect(!wanted.passes(cut))
        #expect(AdvertisementFilter().passes(phone))
        #expect(AdvertisementFilter(companies: Array(0..<200)).companies.count == AdvertisementFilter.maximum)
    }
}
