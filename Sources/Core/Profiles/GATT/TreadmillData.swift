import Units
public import Wire

/// Treadmill Data, characteristic 2ACD of the Fitness Machine service.
///
///     flags   speed       average     distance   incline   ramp         gain    loss
///     u16     u16         u16         u24        i16       i16          u16     u16
///             0.01 km/h   0.01 km/h   m          0.1 %     0.1 degree   0.1 m   0.1 m
///     always  not flag 0  flag 1      flag 2     flag 3                 flag 4
///
///     pace        average     energy, /h, /min   rate        MET      elapsed   remaining   force   power
///     u16         u16         u16   u16  u8      u8          u8       u16       u16         i16     i16
///     s/500 m     s/500 m     kcal               beats/min   0.1 MET  s         s           N       W
///     flag 5      flag 6      flag 7             flag 8      flag 9   flag 10   flag 11     flag 12
///
/// - flags: bit 0 clear = speed present; 13-15 reserved
/// - incline, ramp, force, power: 7FFF = not known. Energy: FFFF, FFFF, FF. Rate: 0.
/// - pace: older texts and real treadmills have u8. When the value is too short for u16 and u8 makes its
///   length exact, it is u8.
///
/// - Source: Bluetooth GATT Specification Supplement, "Treadmill Data"; what is not known: Fitness Machine
///   Service 1.0; pace of 8 bits: cagnulein/qdomyos-zwift.
/// - Checked: against two open decoders. No public one heeds "not known".
public struct TreadmillData: SensorProfile {
    public static let name = "ble.ftms.2acd"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2ACD), rate: 1)

    private var odometer = Odometer(bits: 24, perMetre: 1)

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if let raw = page.speed { readings.append(.speed(Speed(centikilometresPerHour: raw))) }
        if let total = page.distance { readings.append(.distance(odometer.take(total, at: time))) }
        if let power = page.power { readings.append(.power(Power(Double(power)))) }
        if let rate = page.tail.heartRate { readings.append(.heartRate(HeartRate(Double(rate)))) }
    }
}

extension TreadmillData {
    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        /// 0.01 km/h.
        public let speed, averageSpeed: UInt16?
        /// m.
        public let distance: UInt32?
        /// W.
        public let power: Int16?
        let tail: FitnessMachineTail
        private let incline, ramp, force: Int16?
        private let gain, loss, pace, averagePace: UInt16?
        private let flags: UInt16
        private let trailing: Int

        private static let sizes = [0, 2, 3, 4, 4, 2, 2] + FitnessMachineTail.sizes + [4]

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint16() else { throw .length(expected: 2, got: payload.count) }
            let hasSpeed = !flags.has(0)
            let needed = OptionalFields.length(base: hasSpeed ? 4 : 2, flags: flags, sizes: Self.sizes)
            let paces = (flags.has(5) ? 1 : 0) + (flags.has(6) ? 1 : 0)
            let isShort = payload.count < needed
            guard !isShort || payload.count == needed - paces else {
                throw .length(expected: needed, got: payload.count)
            }
            func pace(_ reader: inout ByteReader) -> UInt16? {
                isShort ? reader.uint8().map(UInt16.init) : reader.uint16()
            }

            self.flags = flags
            speed = hasSpeed ? reader.uint16() : nil
            averageSpeed = flags.has(1) ? reader.uint16() : nil
            distance = flags.has(2) ? reader.uint24() : nil
            incline = flags.has(3) ? reader.int16().known(unless: .max) : nil
            ramp = flags.has(3) ? reader.int16().known(unless: .max) : nil
            gain = flags.has(4) ? reader.uint16() : nil
            loss = flags.has(4) ? reader.uint16() : nil
            self.pace = flags.has(5) ? pace(&reader) : nil
            averagePace = flags.has(6) ? pace(&reader) : nil
            tail = FitnessMachineTail(&reader, flags: flags, first: 7)
            force = flags.has(12) ? reader.int16().known(unless: .max) : nil
            power = flags.has(12) ? reader.int16().known(unless: .max) : nil
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("speed_kmh", speed.map { Double($0) / 100 })
            fields.add("avg_speed_kmh", averageSpeed.map { Double($0) / 100 })
            fields.add("distance_m", distance)
            fields.add("incline_pct", incline.map { Double($0) / 10 })
            fields.add("ramp_deg", ramp.map { Double($0) / 10 })
            fields.add("pos_elev_m", gain.map { Double($0) / 10 })
            fields.add("neg_elev_m", loss.map { Double($0) / 10 })
            fields.add("pace_s_per_500m", pace)
            fields.add("avg_pace_s_per_500m", averagePace)
            tail.describe(to: &fields)
            fields.add("force_n", force)
            fields.add("power_w", power)
            fields.addExtras(reservedFlags: flags & 0xE000, trailingBytes: trailing)
        }
    }
}
