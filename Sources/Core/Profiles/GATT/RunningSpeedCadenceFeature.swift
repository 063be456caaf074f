public import Wire

/// RSC Feature, characteristic 2A54 of the Running Speed and Cadence service: 16 flags. Bit 0 stride length,
/// 1 total distance, 2 walking or running, 3 calibration, 4 several sensor locations, 5-15 reserved.
///
/// - Source: Bluetooth GATT Specification Supplement, "RSC Feature".
public struct RunningSpeedCadenceFeature: SensorProfile {
    public static let name = "ble.rsc.2a54"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A54), rate: 0)

    public init() {}

    /// Yields nothing: each measurement says itself what it holds.
    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {}

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        private let features: UInt16
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let features = reader.uint16() else { throw .length(expected: 2, got: payload.count) }
            self.features = features
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("stride_length", features & 1 << 0 != 0)
            fields.add("total_distance", features & 1 << 1 != 0)
            fields.add("walk_run", features & 1 << 2 != 0)
            fields.add("calibration", features & 1 << 3 != 0)
            fields.add("multiple_locations", features & 1 << 4 != 0)
            fields.addExtras(reservedFlags: features & 0xFFE0, trailingBytes: trailing)
        }
    }
}
