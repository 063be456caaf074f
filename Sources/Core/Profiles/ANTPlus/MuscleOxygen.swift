import Units
public import Wire

/// ANT+ Muscle Oxygen, device type 31: light through the skin, of one muscle.
///
/// Page 1, main:
///
///     byte    0      1        2      3         4     5     6     7
///             01     NN       u      f i       hh    ph    cp    cc
///             page   updates  flags  flags     32 bits, least significant byte first
///
/// - N: measurements; wraps at 256
/// - u: bit 0, the sensor asks for the time
/// - f: bit 0, ANT-FS is there; i: bits 1-3, interval of measurements: 0 not told, 1 = 1/4 s, 2 = 1/2 s,
///   3 = 1 s, 4 = 2 s
/// - h: bits 0-11 of the 32, total haemoglobin, 0.01 g/dL; FFE ambient light too high, FFF not known
/// - p: bits 12-21, saturation of the measurement before, 0.1 %; 3FE ambient light too high, 3FF not known
/// - c: bits 22-31, saturation, likewise
///
/// Page 16, a command of a display to the sensor: byte 1 command (0 set time, 1 start session, 2 stop
/// session, 3 lap), signed byte 3 offset from UTC in 15 min, 32 bits at byte 4 seconds since 1989-12-31.
/// Pages 64-95 are ``CommonPages``.
///
/// A value holds while measurements come, and for 10 s without a new one: five of the longest intervals.
///
/// - Source: ANT+ Device Profile "Muscle Oxygen" rev. 1.1, as implemented in StephenHidem/AntPlus
///   `MuscleOxygen.cs` and GoldenCheetah `ANTMessage.cpp`.
/// - Checked: the payloads of StephenHidem/AntPlus' unit tests.
public struct MuscleOxygen: SensorProfile {
    public static let name = "ant.muscle_oxygen"
    public static let address = ProfileAddress.antPlus(deviceType: 31, period: 8192)

    private var updates = UpdateCounter(staleAfter: 10 * .second)
    private var common = CommonPages()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .main(let bytes):
            guard updates.take(bytes[1], at: time) != .late, updates.isFresh(at: time) else { return }
            if let saturation = Page.saturation(Page.current(of: bytes)) {
                readings.append(.muscleOxygen(Share(saturation)))
            }
            if let haemoglobin = Page.haemoglobin(of: bytes) {
                readings.append(.haemoglobin(Concentration(haemoglobin)))
            }
        case .command: break
        case .common(let page): common.update(page, at: time, into: &readings)
        }
    }
}

extension MuscleOxygen {
    /// What the eight bytes of one page say.
    public enum Page: DecodedPage {
        case main(ANTPage)
        case command(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 1: self = .main(bytes)
            case 16: self = .command(bytes)
            case CommonPages.numbers: self = .common(try CommonPages.Page(payload))
            case let number: throw .unknownPage(number)
            }
        }

        static func current(of bytes: ANTPage) -> UInt32 { bytes.uint32(at: 4) >> 22 }
        private static func previous(of bytes: ANTPage) -> UInt32 { bytes.uint32(at: 4) >> 12 & 0x3FF }
        private static func total(of bytes: ANTPage) -> UInt32 { bytes.uint32(at: 4) & 0xFFF }

        /// %, of 10 bits; `nil` when not known.
        static func saturation(_ value: UInt32) -> Double? { value < 0x3FE ? Double(value) / 10 : nil }

        /// g/dL, or `nil` when not known.
        static func haemoglobin(of bytes: ANTPage) -> Double? {
            let value = total(of: bytes)
            return value < 0xFFE ? Double(value) / 100 : nil
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .main(let bytes):
                let (current, previous) = (Self.current(of: bytes), Self.previous(of: bytes))
                fields.add("page", bytes[0])
                fields.add("event_count", bytes[1])
                fields.add("utc_required", bytes[2] & 0x01 != 0)
                fields.add("antfs", bytes[3] & 0x01 != 0)
                fields.add("interval_code", bytes[3] >> 1 & 0x07)
                fields.add("thb_g_dl", Self.haemoglobin(of: bytes))
                fields.add("smo2_prev_pct", Self.saturation(previous))
                fields.add("smo2_pct", Self.saturation(current))
                let isBright = Self.total(of: bytes) == 0xFFE || previous == 0x3FE || current == 0x3FE
                fields.add("ambient_light_too_high", isBright)
            case .command(let bytes):
                fields.add("page", bytes[0])
                let names = ["set_time", "start_session", "stop_session", "lap"]
                fields.add("command", names.name(of: bytes[1]))
                fields.add("utc_offset_min", 15 * Int(Int8(bitPattern: bytes[3])))
                fields.add("time_s", bytes.uint32(at: 4))
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }
    }
}
