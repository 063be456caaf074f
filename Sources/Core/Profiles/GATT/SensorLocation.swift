public import Wire

/// Sensor Location, characteristic 2A5D of the running, cycling speed and cycling power services: one byte.
///
/// - Source: Bluetooth GATT Specification Supplement, "Sensor Location".
public struct SensorLocation: SensorProfile {
    public static let name = "ble.sensor_location.2a5d"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A5D), rate: 0)

    private var location = News<UInt8>()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        readings.tell(.location(page.place.value), about: page.place.value, unless: &location)
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        fileprivate let place: SingleByte

        public init(_ payload: Payload) throws(DecodeFailure) { place = try SingleByte(payload) }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("location", place.name(of: Self.names))
            fields.addExtras(trailingBytes: place.trailing)
        }

        private static let names = [
            "other", "top_of_shoe", "in_shoe", "hip", "front_wheel", "left_crank", "right_crank",
            "left_pedal", "right_pedal", "front_hub", "rear_dropout", "chainstay", "rear_wheel",
            "rear_hub", "chest", "spider", "chain_ring",
        ]
    }
}
