import Units
public import Wire

/// ANT+ Stride Based Speed and Distance Monitor (foot pod), device type 124.
///
/// Page 1, main: what the runner did so far.
///
///     byte    0      1       2       3       4            5         6       7
///             01     tt      TT      DD      d S          ss        NN      LL
///             page   time    time    dist.   dist.|speed  speed     stride  latency
///
/// - T, t: sensor time, whole s and 1/200 s; wraps at 256 s
/// - D, d: accumulated distance, whole m and (high nibble) 1/16 m; wraps at 256 m
/// - S, s: instantaneous speed, (low nibble) whole m/s and 1/256 m/s
/// - N: accumulated strides of two steps each; wraps at 256
/// - L: age of the data when sent, 1/32 s
///
/// Pages 2-15, base: cadence instead of counters. Bytes 4 (low nibble) and 5 hold speed as on page 1.
///
///     byte    0      1       2       3       4              5         6       7
///             02     FF      FF      CC      c S            ss        KK      status
///             page                   cadence cadence|speed  speed     kcal
///
/// - C, c: cadence, whole strides/min and (high nibble) 1/16 strides/min
/// - K: accumulated energy, kcal, on page 3 alone; wraps at 256
/// - status: bits 0-1 state (0 inactive, 1 active), 2-3 health (0 ok, 1 error, 2 warning), 4-5 battery
///   (0 new, 1 good, 2 ok, 3 low), 6-7 location (0 laces, 1 midsole, 2 other, 3 ankle)
///
/// Page 16, summary, since the battery was changed: strides, 24 bits at byte 1; distance, 32 bits at byte 4,
/// 1/256 m. Page 22, capabilities, byte 1: bit 0 time, 1 distance, 2 speed, 3 latency, 4 cadence, 5 energy;
/// a field whose bit is 0 says nothing, whatever it holds. Pages 64-95 are ``CommonPages``.
///
/// Formulas. All divisors but 200 are powers of two, so results are exact:
///
///     speed    = S + s / 256               m/s
///     cadence  = C + c / 16                stride/min
///     distance = Σ Δ(16·D + d) / 16        m, Δ modulo 4096
///     strides  = Σ ΔN                      Δ modulo 256
///
/// - Source: ANT+ Device Profile D00000830, "Stride Based Speed & Distance Monitor", as implemented in
///   StephenHidem/AntPlus, Loghorn/ant-plus and half2me's dissector.
/// - Checked: against two open decoders. A third adds the absolute fraction of the distance each time, a
///   fourth reads the cadence of page 2 one byte off.
public struct StrideSpeedDistance: SensorProfile {
    public static let name = "ant.sdm"
    public static let address = ProfileAddress.antPlus(deviceType: 124, period: 8134)

    private var counters = StepCounters()
    private var capabilities = Capabilities.all
    private var battery = News<UInt8>()
    private var location = News<UInt8>()
    private var common = CommonPages()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .main(let bytes): takeMain(bytes, at: time, into: &readings)
        case .base(let bytes): takeBase(bytes, into: &readings)
        case .summary: break  // Since the battery was changed: no use for a session.
        case .capabilities(let bytes): capabilities = Capabilities(rawValue: bytes[1])
        case .common(let page): common.update(page, at: time, into: &readings)
        }
    }

    private mutating func takeMain(_ bytes: ANTPage, at time: Instant, into readings: inout [Reading]) {
        let hasDistance = capabilities.contains(.distance)
        let distance = hasDistance ? Page.distance(of: bytes) : nil
        guard counters.take(distance: distance, strides: bytes[6], at: time) else { return }

        if capabilities.contains(.speed) { readings.append(.speed(Page.speed(of: bytes))) }
        if hasDistance { readings.append(.distance(Distance(Double(counters.distance.total) / 16))) }
        readings.append(.strideCount(counters.strides.total))
    }

    private mutating func takeBase(_ bytes: ANTPage, into readings: inout [Reading]) {
        if capabilities.contains(.speed) { readings.append(.speed(Page.speed(of: bytes))) }
        if capabilities.contains(.cadence) { readings.append(.strideRate(Page.cadence(of: bytes))) }

        let level = bytes[7] >> 4 & 0x03
        let status: BatteryStatus =
            switch level {
            case 0: .new
            case 1: .good
            case 2: .ok
            default: .low
            }
        readings.tell(.batteryStatus(status), about: level, unless: &battery)
        let place = bytes[7] >> 6
        readings.tell(.location(place), about: place, unless: &location)
    }
}

extension StrideSpeedDistance {
    /// Which fields a pod fills, as page 22 says. Pods that never send it fill all.
    struct Capabilities: OptionSet, Hashable, Sendable {
        let rawValue: UInt8

        static let time = Capabilities(rawValue: 1 << 0)
        static let distance = Capabilities(rawValue: 1 << 1)
        static let speed = Capabilities(rawValue: 1 << 2)
        static let latency = Capabilities(rawValue: 1 << 3)
        static let cadence = Capabilities(rawValue: 1 << 4)
        static let calories = Capabilities(rawValue: 1 << 5)
        static let all = Capabilities(rawValue: 0x3F)
    }

    /// What the eight bytes of one page say.
    public enum Page: DecodedPage {
        case main(ANTPage)
        case base(ANTPage)
        case summary(ANTPage)
        case capabilities(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 1: self = .main(bytes)
            case 2...15: self = .base(bytes)
            case 16: self = .summary(bytes)
            case 22: self = .capabilities(bytes)
            case CommonPages.numbers: self = .common(try CommonPages.Page(payload))
            case let number: throw .unknownPage(number)
            }
        }

        /// 1/16 m, 12 bits.
        static func distance(of bytes: ANTPage) -> UInt16 { UInt16(bytes[3]) << 4 | UInt16(bytes[4] >> 4) }

        static func speed(of bytes: ANTPage) -> Speed {
            Speed(Double(bytes[4] & 0x0F) + Double(bytes[5]) / 256)
        }

        static func cadence(of bytes: ANTPage) -> StrideRate {
            StrideRate(Double(bytes[3]) + Double(bytes[4] >> 4) / 16)
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .main(let bytes):
                fields.add("page", bytes[0])
                fields.add("time_s", Double(bytes[2]) + Double(bytes[1]) / 200)
                fields.add("distance_m", Double(Self.distance(of: bytes)) / 16)
                fields.add("speed_mps", Self.speed(of: bytes).value)
                fields.add("stride_count", bytes[6])
                fields.add("latency_s", Double(bytes[7]) / 32)
            case .base(let bytes):
                fields.add("page", bytes[0])
                fields.add("cadence_strides_pm", Self.cadence(of: bytes).value)
                fields.add("speed_mps", Self.speed(of: bytes).value)
                if bytes[0] == 3 { fields.add("calories_kcal", bytes[6]) }
                Self.describe(status: bytes[7], to: &fields)
            case .summary(let bytes):
                fields.add("page", bytes[0])
                fields.add("strides_total", bytes.uint24(at: 1))
                fields.add("distance_total_m", Double(bytes.uint32(at: 4)) / 256)
            case .capabilities(let bytes):
                let capabilities = Capabilities(rawValue: bytes[1])
                fields.add("page", bytes[0])
                fields.add("cap_time", capabilities.contains(.time))
                fields.add("cap_distance", capabilities.contains(.distance))
                fields.add("cap_speed", capabilities.contains(.speed))
                fields.add("cap_latency", capabilities.contains(.latency))
                fields.add("cap_cadence", capabilities.contains(.cadence))
                fields.add("cap_calories", capabilities.contains(.calories))
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }

        private static func describe(status: UInt8, to fields: inout FieldList) {
            func name(_ names: [String], at shift: Int) -> String { names[Int(status >> shift & 0x03)] }
            fields.add("location", name(["laces", "midsole", "other", "ankle"], at: 6))
            fields.add("battery", name(["new", "good", "ok", "low"], at: 4))
            fields.add("health", name(["ok", "error", "warning", "reserved"], at: 2))
            fields.add("state", name(["inactive", "active", "reserved", "reserved"], at: 0))
        }
    }
}
