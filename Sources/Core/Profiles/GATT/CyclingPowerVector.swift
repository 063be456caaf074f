public import Wire

/// Cycling Power Vector, characteristic 2A64 of the Cycling Power service: force or torque around the crank.
///
///     flags   crank turns, time   first angle   force, force, ...   torque, torque, ...
///     u8      u16     u16         u16           i16 each            i16 each
///                     1/1024 s    degree        N                   1/32 Nm
///             flag 0              flag 1        flag 2              flag 3
///
/// - flags: bits 4-5 direction (0 not known, 1 tangential, 2 radial, 3 lateral), 6-7 reserved
/// - force, torque: as many as fit, also none. A lone last byte is reported and ignored. No length says where
///   force ends when both are announced: then none is read.
///
/// - Source: Bluetooth GATT Specification Supplement, "Cycling Power Vector".
/// - Checked: against one running decoder, which shares the source.
public struct CyclingPowerVector: SensorProfile {
    public static let name = "ble.cps.2a64"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A64), rate: 0)

    public init() {}

    /// Yields nothing: the turns are those of the measurement, and nothing takes forces.
    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {}

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        private let crank: RevolutionData?
        private let firstAngle: UInt16?
        private let flags: UInt8
        private let bytes: Payload
        private let start: Int

        private static let sizes = [4, 2]

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint8() else { throw .length(expected: 1, got: 0) }
            let needed = OptionalFields.length(base: 1, flags: UInt16(flags), sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }
            self.flags = flags
            crank = flags.has(0) ? reader.crankData() : nil
            firstAngle = flags.has(1) ? reader.uint16() : nil
            (bytes, start) = (payload, reader.position)
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            var reader = ByteReader(bytes)
            reader.skip(start)
            var values: [Int16] = []
            if flags.has(2) != flags.has(3) { while let value = reader.int16() { values.append(value) } }
            let (forces, torques) = flags.has(2) ? (values, []) : ([], values)

            fields.add("crank_revs", crank?.revolutions)
            fields.add("crank_time_1024", crank?.eventTime)
            fields.add("first_angle_deg", firstAngle)
            fields.add("force_n", .list(forces.map { .integer(Int64($0)) }))
            fields.add("torque_nm", .list(torques.map { .real(Double($0) / 32) }))
            let directions = ["unknown", "tangential", "radial", "lateral"]
            fields.add("direction", directions[Int(flags >> 4 & 0x03)])
            fields.addExtras(reservedFlags: UInt16(flags & 0xC0), trailingBytes: reader.remaining)
        }
    }
}
