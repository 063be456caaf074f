import Units
public import Wire

/// Muscle oxygen of a Moxy monitor, characteristic D804 of its own service.
///
///     count   saturation   previous   haemoglobin   flags
///     u16     u16          u16        u16           u8
///             0.1 %        0.1 %      0.01 g/dL
///
/// - count: of measurements; a value with the count of the one before is a repetition
/// - saturation, previous: above 100 % there is none
/// - flags: bit 0 the monitor asks for the time
///
/// - Source: dvmarinoff/Auuki, `src/ble/moxy/moxy.js`.
/// - Checked: against the real values printed there.
public struct MoxyMuscleOxygen: SensorProfile {
    public static let name = "ble.moxy.d804"
    public static let address = ProfileAddress.characteristic(
        AttributeUUID(UUID(high: 0x6404_D804_4CB9_11E8, low: 0xB566_0800_200C_9A66)),
        rate: 0
    )

    private var count: UInt16?

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        guard page.count != count else { return }
        count = page.count
        guard page.saturation <= 1000 else { return }
        readings.append(.muscleOxygen(Share(Double(page.saturation) / 10)))
        readings.append(.haemoglobin(Concentration(Double(page.haemoglobin) / 100)))
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        public let count: UInt16
        /// 0.1 %.
        public let saturation, previous: UInt16
        /// 0.01 g/dL.
        public let haemoglobin: UInt16
        private let flags: UInt8
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let count = reader.uint16(), let saturation = reader.uint16(),
                let previous = reader.uint16(), let haemoglobin = reader.uint16(), let flags = reader.uint8()
            else { throw .length(expected: 9, got: payload.count) }
            (self.count, self.saturation, self.previous) = (count, saturation, previous)
            (self.haemoglobin, self.flags) = (haemoglobin, flags)
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("count", count)
            fields.add("smo2_pct", Double(saturation) / 10)
            fields.add("smo2_prev_pct", Double(previous) / 10)
            fields.add("thb_g_dl", Double(haemoglobin) / 100)
            fields.add("request_time", flags.has(0))
            fields.addExtras(reservedFlags: UInt16(flags & 0xFE), trailingBytes: trailing)
        }
    }
}
