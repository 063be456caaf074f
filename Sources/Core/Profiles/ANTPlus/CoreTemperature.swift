import Units
public import Wire

/// ANT+ Core Temperature, device type 127 (CORE): heat flow through the skin, from which the sensor estimates
/// the temperature of the body.
///
/// Page 0, general: byte 2 quality of the estimate (bits 0-1: 0 poor, 1 fair, 2 good, 3 excellent; FF not
/// told), 32 bits at byte 4, one for each page that the sensor sends. Page 1, main:
///
///     byte    0      1      2        3      4      5      6      7
///             01     II     NN       ss     S      ..     CC     CC
///             page   index  updates  skin   skin          core
///
/// - I: heat strain index, 0.1; FF = not known
/// - N: measurements; wraps at 256
/// - S, s: skin, (high nibble of byte 4) and byte 3, signed, 0.05 °C; 800 = not known
/// - C: core, signed, 0.01 °C; 8000 = not known
///
/// Pages 64-95 are ``CommonPages``. While the sensor calls its estimate poor, core temperature and the
/// index that rests on it are not told; the skin is measured and is. A value holds for 60 s without a new
/// measurement, chosen: a body's temperature does not change sooner.
///
/// - Source: CoreBodyTemp/CoreBodyTemp, "CORE Connectivity Implementation Notes" v3.1, section 3.
/// - Checked: by reading only; openant's class for it cannot be made.
public struct CoreTemperature: SensorProfile {
    public static let name = "ant.core_temp"
    public static let address = ProfileAddress.antPlus(deviceType: 127, period: 16384)

    private var updates = UpdateCounter(staleAfter: .minute, isFirstBelieved: true)
    private var isPoor = false
    private var common = CommonPages()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .general(let bytes): isPoor = Page.quality(of: bytes) == 0
        case .main(let bytes):
            guard updates.take(bytes[2], at: time) != .late, updates.isFresh(at: time) else { return }
            if let skin = Page.skin(of: bytes) { readings.append(.skinTemperature(Temperature(skin))) }
            if isPoor { return }
            if let core = Page.core(of: bytes) { readings.append(.coreTemperature(Temperature(core))) }
            if let index = Page.heatStrainIndex(of: bytes) { readings.append(.heatStrainIndex(index)) }
        case .common(let page): common.update(page, at: time, into: &readings)
        }
    }
}

extension CoreTemperature {
    /// What the eight bytes of one page say.
    public enum Page: DecodedPage {
        case general(ANTPage)
        case main(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 0: self = .general(bytes)
            case 1: self = .main(bytes)
            case CommonPages.numbers: self = .common(try CommonPages.Page(payload))
            case let number: throw .unknownPage(number)
            }
        }

        /// 0...3, or `nil` when not told.
        static func quality(of bytes: ANTPage) -> UInt8? { bytes[2].unless(0xFF).map { $0 & 0x03 } }

        static func skin(of bytes: ANTPage) -> Double? {
            let value = UInt16(bytes[4] >> 4) << 8 | UInt16(bytes[3])
            return value.unless(0x800).map { Double($0.signed12) / 20 }
        }

        static func core(of bytes: ANTPage) -> Double? {
            bytes.int16(at: 6).unless(.min).map { Double($0) / 100 }
        }

        static func heatStrainIndex(of bytes: ANTPage) -> Double? {
            bytes[1].unless(0xFF).map { Double($0) / 10 }
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .general(let bytes):
                let names = ["poor", "fair", "good", "excellent"]
                fields.add("page", bytes[0])
                fields.add("quality", Self.quality(of: bytes).map { names.name(of: $0) })
                fields.add("supported_pages", bytes.uint32(at: 4))
            case .main(let bytes):
                fields.add("page", bytes[0])
                fields.add("heat_strain_index", Self.heatStrainIndex(of: bytes))
                fields.add("event_count", bytes[2])
                fields.add("skin_c", Self.skin(of: bytes))
                fields.add("core_c", Self.core(of: bytes))
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }
    }
}
