public import Wire

/// CSC Measurement, characteristic 2A5B of the Cycling Speed and Cadence service.
///
///     flags   wheel turns   wheel time   crank turns   crank time
///     u8      u32           u16          u16           u16
///                           1/1024 s                   1/1024 s
///             flag 0        flag 0       flag 1        flag 1
///
/// - flags: bit 0 wheel present, 1 crank present, 2-7 reserved
/// - time: of the last turn that was counted; wraps at 64 s
///
/// The sensor does not know how long the wheel's circumference is, so there are turns and no speed.
///
/// - Source: Bluetooth GATT Specification Supplement, "CSC Measurement".
/// - Checked: two real values of a cadence sensor, and a running decoder, see the vectors.
public struct CyclingSpeedCadence: SensorProfile {
    public static let name = "ble.csc.2a5b"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A5B), rate: 1)

    private var wheel = CumulativeRevolutions.wheel(ticksPerSecond: 1024)
    private var crank = CumulativeRevolutions.crank()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if let data = page.wheel {
            if let rate = wheel.take(data, at: time) { readings.append(.wheelRate(rate)) }
            readings.append(.wheelRevolutions(wheel.count.total))
        }
        if let data = page.crank, let rate = crank.take(data, at: time) { readings.append(.crankRate(rate)) }
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        public let wheel, crank: RevolutionData?
        private let flags: UInt8
        private let trailing: Int

        private static let sizes = [6, 4]

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint8() else { throw .length(expected: 1, got: 0) }
            let needed = OptionalFields.length(base: 1, flags: UInt16(flags), sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }
            wheel = flags.has(0) ? reader.wheelData() : nil
            crank = flags.has(1) ? reader.crankData() : nil
            self.flags = flags
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("wheel_revs", wheel?.revolutions)
            fields.add("wheel_time_1024", wheel?.eventTime)
            fields.add("crank_revs", crank?.revolutions)
            fields.add("crank_time_1024", crank?.eventTime)
            fields.addExtras(reservedFlags: UInt16(flags & 0xFC), trailingBytes: trailing)
        }
    }
}
