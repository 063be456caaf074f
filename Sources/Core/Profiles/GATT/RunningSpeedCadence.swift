public import Units
public import Wire

/// RSC Measurement, characteristic 2A53 of the Running Speed and Cadence service.
///
///     flags   speed        cadence      stride length   total distance
///     u8      u16          u8           u16             u32
///             1/256 m/s    1/min        0.01 m          0.1 m
///             always       always       flag 0          flag 1
///
/// - flags: bit 0 stride length present, 1 distance present, 2 running rather than walking, 3-7 reserved.
///   Bit 2 may be set at rest: speed decides.
/// - cadence: of one foot, that is strides/min. Some straps send steps/min: ``ModelQuirks/stepsForStrides``
/// - total distance: see ``Odometer``
///
/// - Source: Bluetooth GATT Specification Supplement, "RSC Measurement".
/// - Checked: against OpenTracks' test values and one running decoder.
public struct RunningSpeedCadence: SensorProfile {
    public static let name = "ble.rsc.2a53"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A53), rate: 1)

    private var odometer = Odometer(bits: 32, perMetre: 10)
    private var sendsSteps = false

    public init() {}

    public mutating func apply(_ quirks: ModelQuirks) { sendsSteps = quirks.contains(.stepsForStrides) }

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        readings.append(.speed(page.speed))
        readings.append(.strideRate(sendsSteps ? page.strideRate * 0.5 : page.strideRate))
        if let length = page.strideLength { readings.append(.strideLength(length)) }
        if let total = page.totalDistance { readings.append(.distance(odometer.take(total, at: time))) }
    }
}

extension RunningSpeedCadence {
    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        public let speed: Speed
        /// As sent: what is a stride here may be a step.
        public let strideRate: StrideRate
        public let strideLength: Distance?
        /// 0.1 m.
        public let totalDistance: UInt32?
        private let flags: UInt8
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            let flags = reader.uint8() ?? 0
            let (hasLength, hasDistance) = (flags & 1 != 0, flags & 1 << 1 != 0)
            let needed = 4 + (hasLength ? 2 : 0) + (hasDistance ? 4 : 0)
            guard payload.count >= needed, let speed = reader.uint16(), let cadence = reader.uint8() else {
                throw .length(expected: needed, got: payload.count)
            }
            self.speed = Speed(Double(speed) / 256)
            strideRate = StrideRate(Double(cadence))
            strideLength = hasLength ? reader.uint16().map { Distance(Double($0) / 100) } : nil
            totalDistance = hasDistance ? reader.uint32() : nil
            self.flags = flags
            trailing = reader.remaining
        }

        public var isRunning: Bool { flags & 1 << 2 != 0 }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("speed_mps", speed.value)
            fields.add("cadence", Int(strideRate.value))
            fields.add("running", isRunning)
            fields.add("stride_length_m", strideLength?.value)
            fields.add("total_distance_m", totalDistance.map { Double($0) / 10 })
            fields.addExtras(reservedFlags: UInt16(flags & 0xF8), trailingBytes: trailing)
        }
    }
}
