public import Wire

/// Body Sensor Location, characteristic 2A38 of the Heart Rate service: one byte, where a heart-rate sensor
/// is worn. A hint that a sensor is optical; many straps leave it out.
///
/// - Source: Bluetooth GATT Specification Supplement, "Body Sensor Location".
public struct BodySensorLocation: SensorProfile {
    public static let name = "ble.hrs.2a38"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A38), rate: 0)

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

        private static let names = ["other", "chest", "wrist", "finger", "hand", "ear_lobe", "foot"]
    }
}
