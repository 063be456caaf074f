import Units
public import Wire

/// A pair of values of a pulse oximeter.
///
///     saturation   pulse rate
///     SFLOAT       SFLOAT
///     %            beats/min
///
/// Either may be no number, see ``MedicalFloat``.
struct OximeterPair: Hashable, Sendable {
    static let byteCount = 4

    let saturation, rate: Double?

    /// Reads the four bytes, or returns `nil`, having read some, when they are not all there.
    init?(_ reader: inout ByteReader) {
        guard let saturation = reader.shortFloat(), let rate = reader.shortFloat() else { return nil }
        (self.saturation, self.rate) = (saturation, rate)
    }

    func tell(into readings: inout [Reading]) {
        if let saturation, (0...100).contains(saturation) {
            readings.append(.bloodOxygen(Share(saturation)))
        }
        if let rate, rate > 0 { readings.append(.heartRate(HeartRate(rate))) }
    }
}

/// PLX Spot-Check Measurement, characteristic 2A5E of the Pulse Oximeter service.
///
///     flags   saturation, rate   time      measurement   device   pulse amplitude
///     u8      SFLOAT each        7 bytes   u16           u24      SFLOAT, %
///     always  always             flag 0    flag 1        flag 2   flag 3
///
/// - flags: bit 4 the device's clock is not set, 5-7 reserved
/// - measurement, device: status flags, not read
///
/// - Source: Bluetooth GATT Specification Supplement, "PLX Spot-Check Measurement".
/// - Checked: by hand. The one running decoder gets the exponents wrong.
public struct PulseOximeterSpotCheck: SensorProfile {
    public static let name = "ble.plx.2a5e"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A5E), rate: 0)

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        page.pair.tell(into: &readings)
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        fileprivate let pair: OximeterPair
        private let date: DateTime?
        private let flags: UInt8
        private let trailing: Int

        private static let sizes = [DateTime.byteCount, 2, 3, 2]

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint8(), let pair = OximeterPair(&reader) else {
                throw .length(expected: 5, got: payload.count)
            }
            let needed = OptionalFields.length(base: 5, flags: UInt16(flags), sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }
            (self.flags, self.pair) = (flags, pair)
            date = flags.has(0) ? DateTime(&reader) : nil
            trailing = payload.count - needed
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("spo2_pct", pair.saturation)
            fields.add("pulse_bpm", pair.rate)
            fields.add("timestamp", date?.text)
            fields.addExtras(reservedFlags: UInt16(flags & 0xE0), trailingBytes: trailing)
        }
    }
}

/// PLX Continuous Measurement, characteristic 2A5F of the Pulse Oximeter service.
///
///     flags   saturation, rate   fast pair     slow pair     measurement   device   pulse amplitude
///     u8      SFLOAT each        SFLOAT each   SFLOAT each   u16           u24      SFLOAT, %
///     always  always             flag 0        flag 1        flag 2        flag 3   flag 4
///
/// - flags: bits 5-7 reserved
/// - measurement, device: status flags, not read
///
/// The first pair is the normal average; the fast and the slow one repeat it over other times.
///
/// - Source: Bluetooth GATT Specification Supplement, "PLX Continuous Measurement".
/// - Checked: by hand. The one running decoder gets the exponents wrong.
public struct PulseOximeterContinuous: SensorProfile {
    public static let name = "ble.plx.2a5f"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A5F), rate: 1)

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        page.normal.tell(into: &readings)
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        fileprivate let normal: OximeterPair
        private let fast, slow: OximeterPair?
        private let flags: UInt8
        private let trailing: Int

        private static let sizes = [OximeterPair.byteCount, OximeterPair.byteCount, 2, 3, 2]

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint8(), let normal = OximeterPair(&reader) else {
                throw .length(expected: 5, got: payload.count)
            }
            let needed = OptionalFields.length(base: 5, flags: UInt16(flags), sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }
            (self.flags, self.normal) = (flags, normal)
            fast = flags.has(0) ? OximeterPair(&reader) : nil
            slow = flags.has(1) ? OximeterPair(&reader) : nil
            trailing = payload.count - needed
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("spo2_pct", normal.saturation)
            fields.add("pulse_bpm", normal.rate)
            fields.add("spo2_fast_pct", fast?.saturation)
            fields.add("pulse_fast_bpm", fast?.rate)
            fields.add("spo2_slow_pct", slow?.saturation)
            fields.add("pulse_slow_bpm", slow?.rate)
            fields.addExtras(reservedFlags: UInt16(flags & 0xE0), trailingBytes: trailing)
        }
    }
}
