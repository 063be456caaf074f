public import Units
public import Wire

/// CoreTemp, characteristic 2101 of CORE's own service.
///
///     flags   core     skin     reserved   quality   heart rate   heat strain
///     u8      i16      i16      i16        u8        u8           u8
///             0.01 °   0.01 °                        beats/min    0.1
///     always  always   flag 0   flag 1     flag 2    flag 4       flag 5
///
/// - flags: bit 3 Fahrenheit, else Celsius; 6-7 reserved
/// - core, skin: 7FFF = not known
/// - quality: low three bits 0 invalid, 1 poor, 2 fair, 3 good, 4 excellent, 7 not known; bits 4-5 the link
///   to a heart-rate sensor: 0 not supported, 1 not receiving, 2 receiving
/// - heart rate: of that sensor, 0 = not known. No reading: the sensor is heard by itself.
/// - heat strain: FF = not known
///
/// A core temperature of invalid quality is no reading.
///
/// - Source: CoreBodyTemp/CoreBodyTemp, "BLE Service Specification" v2.2.
/// - Checked: against one open decoder. The document's example line has a stray byte.
public struct CoreBodyTemperature: SensorProfile {
    public static let name = "ble.core.2101"
    public static let address = ProfileAddress.characteristic(
        AttributeUUID(UUID(high: 0x0000_2101_5B1E_4347, low: 0xB07C_97B5_14DA_E121)),
        rate: 1
    )

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if let core = page.core, page.quality != .invalid { readings.append(.coreTemperature(core)) }
        if let skin = page.skin { readings.append(.skinTemperature(skin)) }
        if let index = page.heatStrainIndex { readings.append(.heatStrainIndex(index)) }
    }
}

extension CoreBodyTemperature {
    /// How far to trust the core temperature.
    public enum Quality: UInt8, Hashable, Sendable {
        case invalid, poor, fair, good, excellent
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        public let core, skin: Temperature?
        /// 0...10.
        public let heatStrainIndex: Double?
        private let state: UInt8?
        private let heartRate: UInt8?
        private let reserved: Int16?
        private let flags: UInt8
        private let trailing: Int

        private static let sizes = [2, 2, 1, 0, 1, 1]

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = reader.uint8(), let core = reader.int16() else {
                throw .length(expected: 3, got: payload.count)
            }
            let needed = OptionalFields.length(base: 3, flags: UInt16(flags), sizes: Self.sizes)
            guard payload.count >= needed else { throw .length(expected: needed, got: payload.count) }
            func temperature(_ raw: Int16?) -> Temperature? {
                let hundredths = raw.known(unless: .max).map { Double($0) / 100 }
                return hundredths.map { flags.has(3) ? Temperature(fahrenheit: $0) : Temperature($0) }
            }
            self.flags = flags
            self.core = temperature(core)
            skin = temperature(flags.has(0) ? reader.int16() : nil)
            reserved = flags.has(1) ? reader.int16() : nil
            state = flags.has(2) ? reader.uint8() : nil
            heartRate = flags.has(4) ? reader.uint8().known(unless: 0) : nil
            let strain = flags.has(5) ? reader.uint8().known(unless: .max) : nil
            heatStrainIndex = strain.map { Double($0) / 10 }
            trailing = reader.remaining
        }

        /// `nil` when the sensor does not tell, or tells a reserved number.
        public var quality: Quality? { state.flatMap { Quality(rawValue: $0 & 0x07) } }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("core_c", core?.value)
            fields.add("skin_c", skin?.value)
            fields.add("core_reserved", reserved)
            fields.add("quality", quality.map { "\($0)" })
            let states = ["not_supported", "not_receiving", "receiving", "reserved"]
            fields.add("hr_state", state.map { states[Int($0 >> 4 & 0x03)] })
            fields.add("hr_bpm", heartRate)
            fields.add("heat_strain_index", heatStrainIndex)
            fields.addExtras(reservedFlags: UInt16(flags & 0xC0), trailingBytes: trailing)
        }
    }
}
