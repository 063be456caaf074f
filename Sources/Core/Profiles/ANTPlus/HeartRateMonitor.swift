public import Units
public import Wire

/// ANT+ Heart Rate Monitor, device type 120.
///
/// Bytes 4-7 are the same on every page:
///
///     byte    0          1    2    3    4      5      6       7
///             t page     ..   ..   ..   EE     EE     NN      HH
///             toggle|no  by page        time of beat  beats   rate
///
/// - t: bit 7, changes every fourth page
/// - E: time of the newest beat, 1/1024 s; wraps at 64 s
/// - N: beats since the strap started; wraps at 256
/// - H: rate as the strap computes it, beats/min; 0 = not known
///
/// Bytes 1-3, by page number:
///
///     0    FF FF FF
///     1    operating time, 24 bits, 2 s
///     2    manufacturer (low byte), upper half of the serial; the lower half is the device number
///     3    hardware, software, model
///     4    manufacturer specific, time of the beat before the newest, 1/1024 s
///     5    swimming: average rate of the interval, its maximum, average of the session; 0 = not known
///     6    FF, features supported, features enabled: bit 0 running, 1 cycling, 2 swimming, 3 gym mode
///     7    charge in % (FF not known), voltage and state, see ``ANTPlusBattery``
///     9    bits 0-1: how beat times come about, 0 measured, 1 computed (optical)
///     32   a command to the strap, not its words: byte 6 FF = apply byte 7, whose bit 7 is gym mode
///     70   a request to the strap, see ``CommonPages``
///     112-127  manufacturer specific
///
/// Formulas, all modulo 65536:
///
///     RR = E − (time of the beat before)          on page 4
///     RR = E − (E of the last page)               when N grew by one
///
/// Straps of the first generation have no page numbers: their byte 0 is arbitrary. Bytes 0-3 therefore mean
/// something only once the toggle was seen in both states (``BackgroundPages``). Pages beyond this list
/// carry rate and beats too. In gym mode page 2 is a main page, so that the full serial is known soon:
/// device numbers have 16 bits and collide in clubs.
///
/// - Source: ANT+ Device Profile D00000693, "Heart Rate Monitor", as implemented in StephenHidem/AntPlus
///   `HeartRate.cs`, GoldenCheetah `ANTMessage.cpp` and Loghorn/ant-plus.
/// - Checked: real frames of four straps, see the vectors.
public struct HeartRateMonitor: SensorProfile {
    public static let name = "ant.hr"
    public static let address = ProfileAddress.antPlus(deviceType: 120, period: 8070)

    /// A strap off the body repeats its last rate; once the count stood still this long the rate is void.
    public static let frozenAfter = 3 * Nanoseconds.second

    private var beats = BeatCounter()
    private var lastBeatArrival: Instant?
    private var background = BackgroundPages()
    private var batteryLevel = News<UInt8>()
    private var computed = News<Bool>()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if background.areNumbered, page.isFromHost { return }
        let step = beats.take(count: page.beatCount, eventTime: page.beatTime, at: time)
        if step == .late { return }
        background.see(toggle: page.toggle)
        let hasPages = background.areNumbered

        if case .beats(let count, let elapsed) = step {
            lastBeatArrival = time
            let interval = hasPages ? page.interval : nil
            Self.append(beats: count, elapsed: elapsed, newest: interval, to: &readings)
        }
        if let rate = page.heartRate, let last = lastBeatArrival, time - last <= Self.frozenAfter {
            readings.append(.heartRate(rate))
        }
        if hasPages { tellFacts(of: page, into: &readings) }
    }

    /// Appends what `count` new beats say. `elapsed` is the sum of their intervals; `newest` is the last of
    /// these intervals as page 4 gives it, believed only when it fits into the sum.
    private static func append(
        beats count: Int,
        elapsed: UInt16,
        newest: UInt16?,
        to readings: inout [Reading]
    ) {
        if count == 1, elapsed > 0 {
            readings.append(.beat(Beat(interval: elapsed)))
        } else if let newest, newest < elapsed {
            if count == 2 {
                readings.append(.beat(Beat(interval: elapsed - newest, isRecovered: true)))
            } else {
                readings.append(.beatsMissed(count - 1))
            }
            readings.append(.beat(Beat(interval: newest)))
        } else {
            readings.append(.beatsMissed(count))
        }
    }

    private mutating func tellFacts(of page: Page, into readings: inout [Reading]) {
        switch page.number {
        case 2: background.takeMaker(page.bytes, into: &readings)
        case 3: background.takeVersions(page.bytes, into: &readings)
        case 7:
            let level = page.bytes[1]
            if level <= 100 { readings.tell(.batteryLevel(level), about: level, unless: &batteryLevel) }
            background.take(page.battery, into: &readings)
        case 9:
            guard let isComputed = page.isComputed else { return }
            readings.tell(.beatsAreComputed(isComputed), about: isComputed, unless: &computed)
        default: break
        }
    }
}

extension HeartRateMonitor {
    /// What the eight bytes of one page say.
    public struct Page: DecodedPage {
        let bytes: ANTPage

        public init(_ payload: Payload) throws(DecodeFailure) {
            bytes = try Self.bytes(of: payload)
        }

        public var number: UInt8 { bytes[0] & 0x7F }
        public var toggle: Bool { bytes[0] & 0x80 != 0 }
        /// Whether a display sends this page to the strap: it holds no beats, where byte 0 is a page number.
        var isFromHost: Bool { number == 32 || number == 70 }
        /// Time of the newest beat, 1/1024 s.
        public var beatTime: UInt16 { bytes.uint16(at: 4) }
        public var beatCount: UInt8 { bytes[6] }
        public var heartRate: HeartRate? { bytes[7] == 0 ? nil : HeartRate(Double(bytes[7])) }

        /// The interval that page 4 gives, 1/1024 s. `nil` on other pages, and while the strap repeats the
        /// time of its first beat as that of the beat before.
        public var interval: UInt16? {
            guard number == 4 else { return nil }
            let interval = beatTime &- bytes.uint16(at: 2)
            return interval == 0 ? nil : interval
        }

        var battery: ANTPlusBattery { ANTPlusBattery(bytes, at: 2) }

        /// Whether beat times are computed, on page 9; `nil` when reserved.
        var isComputed: Bool? {
            switch bytes[1] & 0x03 {
            case 0: false
            case 1: true
            default: nil
            }
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("page", number)
            fields.add("toggle", toggle ? 1 : 0)
            fields.add("beat_time_raw", beatTime)
            fields.add("beat_count", beatCount)
            fields.add("hr_bpm", Self.rate(bytes[7]))
            switch number {
            case 1: fields.add("operating_time_s", 2 * bytes.uint24(at: 1))
            case 2: BackgroundPages.describeMaker(bytes, to: &fields, context: context)
            case 3: BackgroundPages.describeVersions(bytes, to: &fields)
            case 4:
                fields.add("manufacturer_specific", bytes[1])
                fields.add("prev_beat_time_raw", bytes.uint16(at: 2))
                fields.add("rr_raw", interval)
            case 5:
                fields.add("interval_avg_hr", Self.rate(bytes[1]))
                fields.add("interval_max_hr", Self.rate(bytes[2]))
                fields.add("session_avg_hr", Self.rate(bytes[3]))
            case 6:
                fields.add("features_supported", bytes[2])
                fields.add("features_enabled", bytes[3])
            case 7:
                fields.add("battery_pct", bytes[1] == 0xFF ? nil : bytes[1])
                fields.add("battery_voltage_v", battery.voltage)
                fields.add("battery_status", battery.statusName)
            case 9:
                let name = isComputed.map { $0 ? "computed" : "measured" }
                fields.add("event_type", name ?? "reserved")
            case 32:
                fields.add("gym_mode_applies", bytes[6] == 0xFF)
                fields.add("gym_mode", bytes[7] & 0x80 != 0)
            case 112...127:
                let data = UInt64(bytes[1]) << 16 | UInt64(bytes[2]) << 8 | UInt64(bytes[3])
                fields.add("manufacturer_page_data", Hex.text(data, digits: 6))
            default: break
            }
        }

        private static func rate(_ value: UInt8) -> UInt8? { value == 0 ? nil : value }
    }
}
