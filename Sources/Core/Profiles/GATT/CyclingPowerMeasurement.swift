import Units
public import Wire

/// Cycling Power Measurement, characteristic 2A63 of the Cycling Power service.
///
///     flags   power   balance   torque    wheel turns, time   crank turns, time
///     u16     i16     u8        u16       u32     u16         u16     u16
///             W       0.5 %     1/32 Nm           1/2048 s            1/1024 s
///             always  flag 0    flag 2    flag 4              flag 5
///
///     force max, min   torque max, min   angles    top dead   bottom dead   energy
///     i16     i16      i16     i16       u24       u16        u16           u16
///     N                1/32 Nm           degree    degree     degree        kJ
///     flag 6           flag 7            flag 8    flag 9     flag 10       flag 11
///
/// - flags: bit 1 the balance is that of the left pedal (else not known), 3 the torque is of the crank (else
///   of the wheel), 12 offset compensation wanted; 13-15 reserved
/// - power: signed; below 0 when the rider is driven
/// - torque: accumulated since the sensor started; wraps
/// - angles: low 12 bits where the crank had the maximum, high 12 bits the minimum
///
/// Pods for runners send their power here too. With ``ModelQuirks/runningAsCycling`` the crank's turns are
/// strides, and the wheel's are nothing.
///
/// - Source: Bluetooth GATT Specification Supplement, "Cycling Power Measurement".
/// - Checked: real values of a pedal and two other meters, and two running decoders, see the vectors. A third
///   reads power without its sign.
public struct CyclingPowerMeasurement: SensorProfile {
    public static let name = "ble.cps.2a63"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A63), rate: 1)

    private var wheel = CumulativeRevolutions.wheel(ticksPerSecond: 2048)
    private var crank = CumulativeRevolutions.crank()
    private var isRunning = false

    public init() {}

    public mutating func apply(_ quirks: ModelQuirks) { isRunning = quirks.contains(.runningAsCycling) }

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        readings.append(.power(Power(Double(page.power))))
        if let data = page.crank, let rate = crank.take(data, at: time) {
            readings.append(isRunning ? .strideRate(StrideRate(rate.value)) : .crankRate(rate))
        }
        guard let data = page.wheel, !isRunning else { return }
        if let rate = wheel.take(data, at: time) { readings.append(.wheelRate(rate)) }
        readings.append(.wheelRevolutions(wheel.count.total))
    }
}

extension CyclingPowerMeasurement {
    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        /// The largest and the smallest of something during one turn of the crank.
        struct Extremes: Hashable, Sendable {
            let maximum, minimum: Int16
        }

        /// W.
        public let power: Int16
        public let wheel, crank: RevolutionData?
        private let balance: UInt8?
        private let torque: UInt16?
        private let forces, torques, angles: Extremes?
        private let topDead, bottomDead, energy: UInt16?
        private let flags: UInt16
        private let trailing: Int

        private static let sizes = [1, 0, 2, 0, 6, 4, 4, 4, 3, 2, 2, 2]

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint16(), let power = reader.int16() else {
                throw .length(expected: 4, got: payload.count)
            }
            let needed = OptionalFields.length(base: 4, flags: flags, sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }
            (self.flags, self.power) = (flags, power)
            balance = flags.has(0) ? reader.uint8() : nil
            torque = flags.has(2) ? reader.uint16() : nil
            wheel = flags.has(4) ? reader.wheelData() : nil
            crank = flags.has(5) ? reader.crankData() : nil
            forces = flags.has(6) ? Self.extremes(&reader) : nil
            torques = flags.has(7) ? Self.extremes(&reader) : nil
            angles = flags.has(8) ? Self.angles(&reader) : nil
            topDead = flags.has(9) ? reader.uint16() : nil
            bottomDead = flags.has(10) ? reader.uint16() : nil
            energy = flags.has(11) ? reader.uint16() : nil
            trailing = reader.remaining
        }

        private static func extremes(_ reader: inout ByteReader) -> Extremes? {
            guard let maximum = reader.int16(), let minimum = reader.int16() else { return nil }
            return Extremes(maximum: maximum, minimum: minimum)
        }

        private static func angles(_ reader: inout ByteReader) -> Extremes? {
            guard let both = reader.uint24() else { return nil }
            return Extremes(maximum: Int16(both & 0xFFF), minimum: Int16(both >> 12))
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("power_w", power)
            fields.add("pedal_balance_pct", balance.map { Double($0) / 2 })
            fields.add("balance_ref_left", flags.has(1))
            fields.add("acc_torque_nm", torque.map { Double($0) / 32 })
            fields.add("torque_source_crank", flags.has(3))
            fields.add("wheel_revs", wheel?.revolutions)
            fields.add("wheel_time_2048", wheel?.eventTime)
            fields.add("crank_revs", crank?.revolutions)
            fields.add("crank_time_1024", crank?.eventTime)
            fields.add("max_force_n", forces?.maximum)
            fields.add("min_force_n", forces?.minimum)
            fields.add("max_torque_nm", torques.map { Double($0.maximum) / 32 })
            fields.add("min_torque_nm", torques.map { Double($0.minimum) / 32 })
            fields.add("max_angle_deg", angles?.maximum)
            fields.add("min_angle_deg", angles?.minimum)
            fields.add("top_dead_deg", topDead)
            fields.add("bottom_dead_deg", bottomDead)
            fields.add("energy_kj", energy)
            fields.add("offset_comp", flags.has(12))
            fields.addExtras(reservedFlags: flags & 0xE000, trailingBytes: trailing)
        }
    }
}
