public import Units
public import Wire

/// The core temperature that a CORE sensor advertises. Manufacturer data with the company id:
///
///     company   version   status   core
///     u16       u8        u8       u16
///               0                  0.001 °C
///
/// - company: greenTEG, assigned as 0BF6. The document prints the bytes in the other order, and no recording
///   says which goes out: both are taken.
/// - status: low nibble 4 = measuring; the temperature of any other state yields no reading
///
/// - Source: CoreBodyTemp/CoreBodyTemp, "CORE Connectivity Implementation Notes" v3.1.
/// - Checked: against the document's example bytes; its text states 37.001 °C for what is 37.299 °C.
public struct CoreBroadcast: SensorProfile {
    public static let name = "ble-adv.core"
    public static let address = ProfileAddress.manufacturerData(company: companies[0], count: 4...4)

    /// The assigned number, and what it becomes in the other byte order.
    static let companies: [UInt16] = [0x0BF6, 0xF60B]
    private static let measuring: UInt8 = 4

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        guard page.state == Self.measuring else { return }
        readings.append(.coreTemperature(page.core))
    }

    /// What the bytes of one advertisement's manufacturer data say.
    public struct Page: DecodedPage {
        private let company: UInt16
        private let version: UInt8
        /// 4 = measuring.
        public let state: UInt8
        public let core: Temperature
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let company = reader.uint16(), let version = reader.uint8(), let status = reader.uint8(),
                let core = reader.uint16()
            else { throw .length(expected: 6, got: payload.count) }
            guard companies.contains(company) else { throw .unknownCompany(company) }
            (self.company, self.version) = (company, version)
            state = status & 0x0F
            self.core = Temperature(Double(core) / 1000)
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("company", company)
            fields.add("version", version)
            fields.add("state", state)
            fields.add("core_c", core.value)
            fields.addExtras(trailingBytes: trailing)
        }
    }
}
