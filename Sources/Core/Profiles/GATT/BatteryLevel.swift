public import Wire

/// Battery Level, characteristic 2A19 of the Battery service: one byte, per cent. 101-255 are reserved and
/// mean that the level is not known.
///
/// - Source: Bluetooth GATT Specification Supplement, "Battery Level".
public struct BatteryLevel: SensorProfile {
    public static let name = "ble.bas.2a19"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A19), rate: 0)

    private var level = News<UInt8>()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        guard let percent = page.percent else { return }
        readings.tell(.batteryLevel(percent), about: percent, unless: &level)
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        private let byte: SingleByte

        public init(_ payload: Payload) throws(DecodeFailure) { byte = try SingleByte(payload) }

        /// 0...100, or `nil` when not known.
        public var percent: UInt8? { byte.value <= 100 ? byte.value : nil }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("battery_pct", percent)
            fields.addExtras(trailingBytes: byte.trailing)
        }
    }
}
