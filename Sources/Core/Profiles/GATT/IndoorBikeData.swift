import Units
public import Wire

/// Indoor Bike Data, characteristic 2AD2 of the Fitness Machine service.
///
///     flags   speed       average     cadence   average   distance   resistance   power    average
///     u16     u16         u16         u16       u16       u24        i16          i16      i16
///             0.01 km/h   0.01 km/h   0.5 rpm   0.5 rpm   m                       W        W
///     always  not flag 0  flag 1      flag 2    flag 3    flag 4     flag 5       flag 6   flag 7
///
///     energy, /h, /min   rate        MET       elapsed   remaining
///     u16   u16  u8      u8          u8        u16       u16
///     kcal               beats/min   0.1 MET   s         s
///     flag 8             flag 9      flag 10   flag 11   flag 12
///
/// - flags: bit 0 clear = speed present; 13-15 reserved
/// - power: signed; 7FFF = not known. Energy: FFFF, FFFF, FF. Rate: 0.
///
/// The bike stands: its speed and distance are computed for a rider on a road, so they are no readings.
///
/// - Source: Bluetooth GATT Specification Supplement, "Indoor Bike Data"; what is not known: Fitness Machine
///   Service 1.0.
/// - Checked: real values of two bikes, and three open decoders, see the vectors. One reads power without its
///   sign.
public struct IndoorBikeData: SensorProfile {
    public static let name = "ble.ftms.2ad2"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2AD2), rate: 1)

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if let power = page.power { readings.append(.power(Power(Double(power)))) }
        if let cadence = page.cadence { readings.append(.crankRate(RotationRate(Double(cadence) / 2))) }
        if let rate = page.tail.heartRate { readings.append(.heartRate(HeartRate(Double(rate)))) }
    }
}

extension IndoorBikeData {
    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        /// 0.01 km/h.
        public let speed, averageSpeed: UInt16?
        /// 0.5 rpm.
        public let cadence, averageCadence: UInt16?
        /// m.
        public let distance: UInt32?
        /// W.
        public let power, averagePower: Int16?
        let tail: FitnessMachineTail
        private let resistance: Int16?
        private let flags: UInt16
        private let trailing: Int

        private static let sizes = [0, 2, 2, 2, 3, 2, 2, 2] + FitnessMachineTail.sizes

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint16() else { throw .length(expected: 2, got: payload.count) }
            let hasSpeed = !flags.has(0)
            let needed = OptionalFields.length(base: hasSpeed ? 4 : 2, flags: flags, sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }

            self.flags = flags
            speed = hasSpeed ? reader.uint16() : nil
            averageSpeed = flags.has(1) ? reader.uint16() : nil
            cadence = flags.has(2) ? reader.uint16() : nil
            averageCadence = flags.has(3) ? reader.uint16() : nil
            distance = flags.has(4) ? reader.uint24() : nil
            resistance = flags.has(5) ? reader.int16() : nil
            power = flags.has(6) ? reader.int16().known(unless: .max) : nil
            averagePower = flags.has(7) ? reader.int16().known(unless: .max) : nil
            tail = FitnessMachineTail(&reader, flags: flags, first: 8)
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("speed_kmh", speed.map { Double($0) / 100 })
            fields.add("avg_speed_kmh", averageSpeed.map { Double($0) / 100 })
            fields.add("cadence_rpm", cadence.map { Double($0) / 2 })
            fields.add("avg_cadence_rpm", averageCadence.map { Double($0) / 2 })
            fields.add("distance_m", distance)
            fields.add("resistance", resistance)
            fields.add("power_w", power)
            fields.add("avg_power_w", averagePower)
            tail.describe(to: &fields)
            fields.addExtras(reservedFlags: flags & 0xE000, trailingBytes: trailing)
        }
    }
}
