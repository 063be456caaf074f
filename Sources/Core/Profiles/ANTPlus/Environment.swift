import Units
public import Wire

/// ANT+ Environment, device type 25: a thermometer, often on a shoe or a bag strap, so near a body.
///
/// Page 0, general: 32 bits at byte 4, one for each page that the sensor sends. Page 1, temperature:
///
///     byte    0      1      2        3        4            5       6      7
///             01     FF     NN       ll       L  h         HH      TT     TT
///             page          updates  24 h low low|high     high    temperature
///
/// - N: measurements; wraps at 256
/// - L, l: lowest of the last 24 h: (high nibble of byte 4) and byte 3, signed, 0.1 °C; 800 = not known
/// - H, h: highest of the last 24 h: byte 5 and (low nibble of byte 4), signed, 0.1 °C; 800 = not known
/// - T: temperature, signed, 0.01 °C; 8000 = not known
///
/// Pages 64-95 are ``CommonPages``. A temperature holds for 5 min without a new measurement, chosen:
/// sensors of this kind measure once a minute.
///
/// - Source: ANT+ Device Profile "Environment", as implemented in openant `environment.py` and
///   cujomalainey/antplus-arduino.
/// - Checked: against openant, which reads the values as unsigned, see `Tests/Core/ProfilesTests/Peers`.
public struct Environment: SensorProfile {
    public static let name = "ant.environment"
    public static let address = ProfileAddress.antPlus(deviceType: 25, period: 8192)

    private var updates = UpdateCounter(staleAfter: 5 * .minute, isFirstBelieved: true)
    private var common = CommonPages()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .general: break
        case .temperature(let bytes):
            guard updates.take(bytes[2], at: time) != .late, updates.isFresh(at: time) else { return }
            if let temperature = Page.temperature(of: bytes) {
                readings.append(.ambientTemperature(Temperature(temperature)))
            }
        case .common(let page): common.update(page, at: time, into: &readings)
        }
    }
}

extension Environment {
    /// What the eight bytes of one page say.
    public enum Page: DecodedPage {
        case general(ANTPage)
        case temperature(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 0: self = .general(bytes)
            case 1: self = .temperature(bytes)
            case CommonPages.numbers: self = .common(try CommonPages.Page(payload))
            case let number: throw .unknownPage(number)
            }
        }

        /// °C, or `nil` when not known.
        static func temperature(of bytes: ANTPage) -> Double? {
            bytes.int16(at: 6).unless(.min).map { Double($0) / 100 }
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .general(let bytes):
                fields.add("page", bytes[0])
                fields.add("supported_pages", bytes.uint32(at: 4))
            case .temperature(let bytes):
                let low = UInt16(bytes[4] >> 4) << 8 | UInt16(bytes[3])
                let high = UInt16(bytes[5]) << 4 | UInt16(bytes[4] & 0x0F)
                fields.add("page", bytes[0])
                fields.add("event_count", bytes[2])
                fields.add("low24_c", low.unless(0x800).map { Double($0.signed12) / 10 })
                fields.add("high24_c", high.unless(0x800).map { Double($0.signed12) / 10 })
                fields.add("temperature_c", Self.temperature(of: bytes))
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }
    }
}
