import Units
public import Wire

/// The heart rate that Polar watches advertise, company 006B. Manufacturer data with the company id:
///
///     byte    0-1       2-11                            12       13    14
///             6B 00     72 08 72 AC F5 02 00 00 00 00   energy   ..    rate
///             company   meaning not public                             beats/min
///
/// - energy: since the measurement started, by the one public description; not passed on
/// - rate: 0 = not known
///
/// The layout of the straps says something else in these bytes. There is no contact bit and no known counter.
///
/// - Source: relokin/PolarVantageHRM, README (Vantage M).
/// - Checked: against the one value printed there.
public struct PolarWatchBroadcast: SensorProfile {
    public static let name = "ble-adv.polar_watch"
    public static let address = ProfileAddress.manufacturerData(
        company: PolarStrapBroadcast.company,
        count: 13...13
    )

    private static let byteCount = 15

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if page.rate != 0 { readings.append(.heartRate(HeartRate(Double(page.rate)))) }
    }

    /// Whether Polar's manufacturer data has this layout rather than that of the straps.
    static func isLayout(of data: Payload) -> Bool {
        data.count == byteCount && data[2] == 0x72 && data[3] == 0x08
    }

    /// What the bytes of one advertisement's manufacturer data say.
    public struct Page: DecodedPage {
        /// beats/min, 0 = not known.
        public let rate: UInt8

        public init(_ payload: Payload) throws(DecodeFailure) {
            guard payload.count == byteCount, let company = ByteReader.company(of: payload) else {
                throw .length(expected: byteCount, got: payload.count)
            }
            guard company == PolarStrapBroadcast.company else { throw .unknownCompany(company) }
            rate = payload[byteCount - 1]
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("company", PolarStrapBroadcast.company)
            fields.add("layout", "watch")
            fields.add("hr_bpm", rate == 0 ? nil : rate)
        }
    }
}
