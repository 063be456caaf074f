public import Units
public import Wire

/// Location and Speed, characteristic 2A67 of the Location and Navigation service.
///
///     flags   speed      distance   latitude   longitude   elevation   heading   rolling   UTC
///     u16     u16        u24        i32        i32         i24         u16       u8        7 bytes
///             0.01 m/s   0.1 m      1e-7 degree each       0.01 m      0.01 °    s
///     always  flag 0     flag 1     flag 2                 flag 3      flag 4    flag 5    flag 6
///
/// - flags: bits 7-8 position (0 none, 1 good, 2 estimated, 3 the last known), 9 speed and distance in 3D,
///   10-11 where the elevation comes from, 12 heading by compass, 13-15 reserved
/// - UTC: year, month or day 0 = not known
///
/// A last known position is not where the athlete is. Position 0 beside a place is a contradiction: the place
/// is believed, unless it is 0° 0°.
///
/// - Source: Bluetooth GATT Specification Supplement, "Location and Speed".
/// - Checked: against one running decoder, which shares the source.
public struct LocationAndSpeed: SensorProfile {
    public static let name = "ble.lns.2a67"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A67), rate: 1)

    private var odometer = Odometer(bits: 24, perMetre: 10)

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if let speed = page.speed { readings.append(.speed(Speed(Double(speed) / 100))) }
        if let total = page.distance { readings.append(.distance(odometer.take(total, at: time))) }
        if let position = page.position { readings.append(.position(position)) }
        if let elevation = page.elevation { readings.append(.elevation(Distance(Double(elevation) / 100))) }
    }
}

extension LocationAndSpeed {
    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        /// 0.01 m/s.
        public let speed: UInt16?
        /// 0.1 m.
        public let distance: UInt32?
        /// 1e-7 degree.
        public let latitude, longitude: Int32?
        /// 0.01 m.
        public let elevation: Int32?
        /// 0.01 degree.
        public let heading: UInt16?
        private let rollingTime: UInt8?
        private let date: DateTime?
        private let flags: UInt16
        private let trailing: Int

        private static let sizes = [2, 3, 8, 3, 2, 1, DateTime.byteCount]
        private static let lastKnown: UInt16 = 3

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint16() else { throw .length(expected: 2, got: payload.count) }
            let needed = OptionalFields.length(base: 2, flags: flags, sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }
            self.flags = flags
            speed = flags.has(0) ? reader.uint16() : nil
            distance = flags.has(1) ? reader.uint24() : nil
            latitude = flags.has(2) ? reader.int32() : nil
            longitude = flags.has(2) ? reader.int32() : nil
            elevation = flags.has(3) ? reader.int24() : nil
            heading = flags.has(4) ? reader.uint16() : nil
            rollingTime = flags.has(5) ? reader.uint8() : nil
            date = flags.has(6) ? DateTime(&reader) : nil
            trailing = reader.remaining
        }

        /// Where the athlete is, or `nil` when the sensor does not know.
        public var position: Position? {
            let status = flags >> 7 & 3
            guard let latitude, let longitude, status != Self.lastKnown,
                status != 0 || latitude != 0 || longitude != 0
            else { return nil }
            return Position(latitude: Double(latitude) / 1e7, longitude: Double(longitude) / 1e7)
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("speed_mps", speed.map { Double($0) / 100 })
            fields.add("distance_m", distance.map { Double($0) / 10 })
            fields.add("lat", latitude.map { Double($0) / 1e7 })
            fields.add("lon", longitude.map { Double($0) / 1e7 })
            fields.add("elevation_m", elevation.map { Double($0) / 100 })
            fields.add("heading_deg", heading.map { Double($0) / 100 })
            fields.add("rolling_time_s", rollingTime)
            fields.add("utc", date?.text)
            fields.addExtras(reservedFlags: flags & 0xE000, trailingBytes: trailing)
        }
    }
}
