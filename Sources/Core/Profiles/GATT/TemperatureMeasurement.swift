public import Units
public import Wire

/// Temperature Measurement, characteristic 2A1C of the Health Thermometer service.
///
///     flags   temperature   time        type
///     u8      FLOAT         7 bytes     u8
///             °C or °F
///     always  always        flag 1      flag 2
///
/// - flags: bit 0 Fahrenheit, 3-7 reserved
/// - temperature: see ``MedicalFloat``; no number when the sensor is off the body
/// - type: 1 armpit, 2 body, 3 ear, 4 finger, 5 gastrointestinal tract, 6 mouth, 7 rectum, 8 toe, 9 tympanum
///
/// Armpit, finger and toe are skin; elsewhere, and where no type is told, the core is measured.
///
/// - Source: Bluetooth GATT Specification Supplement, "Temperature Measurement", "Temperature Type".
/// - Checked: by hand. The one running decoder gets the exponent wrong.
public struct TemperatureMeasurement: SensorProfile {
    public static let name = "ble.hts.2a1c"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A1C), rate: 0)

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        guard let temperature = page.temperature else { return }
        switch page.type {
        case 1, 4, 8: readings.append(.skinTemperature(temperature))
        default: readings.append(.coreTemperature(temperature))
        }
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        public let temperature: Temperature?
        /// Where it was measured.
        public let type: UInt8?
        private let date: DateTime?
        private let flags: UInt8
        private let trailing: Int

        private static let sizes = [0, DateTime.byteCount, 1]

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint8(), let number = reader.longFloat() else {
                throw .length(expected: 5, got: payload.count)
            }
            let needed = OptionalFields.length(base: 5, flags: UInt16(flags), sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }
            self.flags = flags
            temperature = number.map { flags.has(0) ? Temperature(fahrenheit: $0) : Temperature($0) }
            date = flags.has(1) ? DateTime(&reader) : nil
            type = flags.has(2) ? reader.uint8() : nil
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("temperature_c", temperature?.value)
            fields.add("timestamp", date?.text)
            fields.add("type", type.map { Int($0) < Self.types.count ? Self.types[Int($0)] : "reserved" })
            fields.addExtras(reservedFlags: UInt16(flags & 0xF8), trailingBytes: trailing)
        }

        private static let types = [
            "reserved", "armpit", "body", "ear", "finger", "gastrointestinal", "mouth", "rectum", "toe",
            "tympanum",
        ]
    }
}

extension Temperature {
    /// A temperature told in degrees Fahrenheit.
    init(fahrenheit: Double) { self.init((fahrenheit - 32) / 1.8) }
}
