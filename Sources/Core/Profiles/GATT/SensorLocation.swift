public import Wire

/// Where a sensor is worn or mounted: one byte that numbers the places of a list.
///
/// - Source: Bluetooth GATT Specification Supplement, "Body Sensor Location", "Sensor Location".
public struct PlaceOfWear<List: PlaceList>: SensorProfile {
    public static var name: String { List.name }
    public static var address: ProfileAddress { .characteristic(AttributeUUID(List.number), rate: 0) }

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
            fields.add("location", place.name(of: List.places))
            fields.addExtras(trailingBytes: place.trailing)
        }
    }
}

/// A characteristic that numbers places, at the type level.
public protocol PlaceList: Hashable, Sendable {
    static var name: String { get }
    /// The assigned number of the characteristic.
    static var number: UInt16 { get }
    /// The places, from 0 on.
    static var places: [String] { get }
}

/// Of a heart-rate sensor. A hint that it is optical; many straps leave it out.
public enum BodyPlaces: PlaceList {
    public static let name = "ble.hrs.2a38"
    public static let number: UInt16 = 0x2A38
    public static let places = ["other", "chest", "wrist", "finger", "hand", "ear_lobe", "foot"]
}

/// Of a running, cycling speed or cycling power sensor.
public enum SportPlaces: PlaceList {
    public static let name = "ble.sensor_location.2a5d"
    public static let number: UInt16 = 0x2A5D
    public static let places = [
        "other", "top_of_shoe", "in_shoe", "hip", "front_wheel", "left_crank", "right_crank", "left_pedal",
        "right_pedal", "front_hub", "rear_dropout", "chainstay", "rear_wheel", "rear_hub", "chest", "spider",
        "chain_ring",
    ]
}

public typealias BodySensorLocation = PlaceOfWear<BodyPlaces>
public typealias SensorLocation = PlaceOfWear<SportPlaces>
