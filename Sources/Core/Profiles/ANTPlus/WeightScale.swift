public import Wire

/// ANT+ Weight Scale, device type 119.
///
/// Bytes 1-2 of every page hold the number of the user's profile on the scale; FFFF = none.
///
///     page  byte 3   4       5           6       7
///       1   ..       ..      ..          weight, 0.01 kg              body weight
///       2   FF       hydration, 0.01 %   fat, 0.01 %                  composition
///       3   FF       active, 1/4 kcal    basal, 1/4 kcal              metabolism
///       4   FF       ..      muscle, 0.01 kg     bone, 0.1 kg         masses
///      58   ..       ..      sex|age     height  ..                   user profile
///
/// - two bytes: FFFE the scale still computes, FFFF not known; one byte: FE and FF likewise
/// - 58: bit 7 of byte 5 set = male; bits 0-6 age, years; height, cm
///
/// Pages 64-95 are ``CommonPages``. A weight belongs to a day, not to a second: it is decoded and recorded,
/// and no reading comes of it but what the scale says about itself.
///
/// - Source: ANT+ Device Profile "Weight Scale", as implemented in the reader of AntScaleLib.
/// - Checked: by reading only.
public struct WeightScale: SensorProfile {
    public static let name = "ant.weight"
    public static let address = ProfileAddress.antPlus(deviceType: 119, period: 8192)

    private var common = CommonPages()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if case .common(let page) = page { common.update(page, at: time, into: &readings) }
    }
}

extension WeightScale {
    /// What the eight bytes of one page say.
    public enum Page: DecodedPage {
        case body(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 1...4, 58: self = .body(bytes)
            case CommonPages.numbers: self = .common(try CommonPages.Page(payload))
            case let number: throw .unknownPage(number)
            }
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .body(let bytes): Self.describe(bytes, to: &fields)
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }

        private static func describe(_ bytes: ANTPage, to fields: inout FieldList) {
            func value(at index: Int, per unit: Double) -> Double? {
                let value = bytes.uint16(at: index)
                return value < 0xFFFE ? Double(value) / unit : nil
            }
            fields.add("page", bytes[0])
            fields.add("user_profile", bytes.uint16(at: 1).unless(0xFFFF))
            switch bytes[0] {
            case 1:
                fields.add("weight_kg", value(at: 6, per: 100))
                switch bytes.uint16(at: 6) {
                case 0xFFFE: fields.add("weight_state", "computing")
                case 0xFFFF: fields.add("weight_state", "invalid")
                default: fields.add("weight_state", "valid")
                }
            case 2:
                fields.add("hydration_pct", value(at: 4, per: 100))
                fields.add("body_fat_pct", value(at: 6, per: 100))
            case 3:
                fields.add("active_metabolic_kcal", value(at: 4, per: 4))
                fields.add("basal_metabolic_kcal", value(at: 6, per: 4))
            case 4:
                fields.add("muscle_mass_kg", value(at: 5, per: 100))
                fields.add("bone_mass_kg", bytes[7] < 0xFE ? Double(bytes[7]) / 10 : nil)
            default:
                fields.add("gender", bytes[5] & 0x80 != 0 ? "male" : "female")
                fields.add("age_y", bytes[5] & 0x7F)
                fields.add("height_cm", bytes[6])
            }
        }
    }
}
