import Units
public import Wire

/// ANT+ Light Electric Vehicle (LEV), device type 20: the drive of an electric bicycle.
///
///     page  byte 1       2       3       4       5       6       7
///       1   heat         mode    system  gear    error   speed, 12 bits
///       2   odometer, 24 bits            range, 12 bits  speed
///      34   odometer, 24 bits            consumption, 12 speed
///       3   charge       mode    system  gear    assist  speed
///       4   ..           cycles | fuel   fuel    volt    distance on this charge
///       5   ..           levels  wheel, 12 bits  ..      ..      ..
///
/// - heat: motor in the high nibble, battery in the low: bits 0-2 0 unknown, 1 cold, 2 cold to warm, 3 warm,
///   4 warm to hot, 5 hot; bit 3 too hot
/// - mode and levels: bits 3-5 assistance, 0-2 regeneration
/// - error: 0 none
/// - charge: bits 0-6, %
/// - speed: 0.1 km/h; odometer: 0.01 km, wraps at 167 772 km; range: km; consumption: 0.1 Wh/km
/// - page 4: cycles 12 bits at byte 2 (low nibble of byte 3 on top); fuel byte 4 (high nibble of byte 3 on
///   top), 0.1 Wh/km; volt 1/4 V
/// - wheel: circumference, mm
///
/// Pages 64-95 are ``CommonPages``. Readings are speed, and distance as the odometer grows
/// (``DistanceCounter``); system, gear and the amount of assistance are not read.
///
/// - Source: ANT+ Device Profile "Light Electric Vehicle", as implemented in openant `lev.py`.
/// - Checked: against openant, see `Tests/Core/ProfilesTests/Peers`.
public struct LightElectricVehicle: SensorProfile {
    public static let name = "ant.lev"
    public static let address = ProfileAddress.antPlus(deviceType: 20, period: 8192)

    private var odometer = DistanceCounter(bits: 24, unit: 10)
    private var common = CommonPages()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .vehicle(let bytes):
            if let reading = Page.odometer(of: bytes) {
                guard odometer.take(reading, at: time) else { return }
                readings.append(.distance(odometer.total))
            }
            if let speed = Page.speed(of: bytes) { readings.append(.speed(Speed(speed / 3.6))) }
        case .common(let page): common.update(page, at: time, into: &readings)
        }
    }
}

extension LightElectricVehicle {
    /// What the eight bytes of one page say.
    public enum Page: DecodedPage {
        case vehicle(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 1...5, 34: self = .vehicle(bytes)
            case CommonPages.numbers: self = .common(try CommonPages.Page(payload))
            case let number: throw .unknownPage(number)
            }
        }

        /// km/h, on the pages that hold it.
        static func speed(of bytes: ANTPage) -> Double? {
            switch bytes[0] {
            case 1, 2, 3, 34: Double(bytes.uint16(at: 6) & 0x0FFF) / 10
            default: nil
            }
        }

        /// 0.01 km, on the pages that hold it.
        static func odometer(of bytes: ANTPage) -> UInt32? {
            bytes[0] == 2 || bytes[0] == 34 ? bytes.uint24(at: 1) : nil
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .vehicle(let bytes): Self.describe(bytes, to: &fields)
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }

        private static func describe(_ bytes: ANTPage, to fields: inout FieldList) {
            fields.add("page", bytes[0])
            switch bytes[0] {
            case 1:
                let names = ["unknown", "cold", "cold_warm", "warm", "warm_hot", "hot"]
                fields.add("motor_temperature", names.name(of: bytes[1] >> 4 & 0x07))
                fields.add("motor_too_hot", bytes[1] & 0x80 != 0)
                fields.add("battery_temperature", names.name(of: bytes[1] & 0x07))
                fields.add("battery_too_hot", bytes[1] & 0x08 != 0)
                fields.add("assist_level", bytes[2] >> 3 & 0x07)
                fields.add("regen_level", bytes[2] & 0x07)
                fields.add("error", bytes[5])
            case 2:
                fields.add("odometer_km", Double(bytes.uint24(at: 1)) / 100)
                fields.add("remaining_range_km", bytes.uint16(at: 4) & 0x0FFF)
            case 34:
                fields.add("odometer_km", Double(bytes.uint24(at: 1)) / 100)
                fields.add("fuel_wh_km", Double(bytes.uint16(at: 4) & 0x0FFF) / 10)
            case 3:
                fields.add("battery_soc_pct", bytes[1] & 0x7F)
                fields.add("assist_level", bytes[2] >> 3 & 0x07)
                fields.add("regen_level", bytes[2] & 0x07)
            case 4:
                fields.add("charge_cycles", bytes.uint16(at: 2) & 0x0FFF)
                fields.add("fuel_wh_km", Double(UInt16(bytes[3] >> 4) << 8 | UInt16(bytes[4])) / 10)
                fields.add("battery_voltage_v", Double(bytes[5]) / 4)
                fields.add("distance_on_charge_raw", bytes.uint16(at: 6))
            default:
                fields.add("wheel_circumference_mm", bytes.uint16(at: 3) & 0x0FFF)
                fields.add("assist_levels", bytes[2] >> 3 & 0x07)
                fields.add("regen_levels", bytes[2] & 0x07)
            }
            if let speed = speed(of: bytes) { fields.add("speed_kmh", speed) }
        }
    }
}
