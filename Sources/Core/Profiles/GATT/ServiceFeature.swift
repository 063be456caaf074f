public import Wire

/// What a sensor of a service can do: one flag for each feature, lowest bit first.
///
/// - Source: Bluetooth GATT Specification Supplement, "RSC Feature", "CSC Feature", "Cycling Power Feature".
public struct ServiceFeature<Features: FeatureList>: SensorProfile {
    public static var name: String { Features.name }
    public static var address: ProfileAddress { .characteristic(AttributeUUID(Features.number), rate: 0) }

    public init() {}

    /// Yields nothing: each measurement says itself what it holds.
    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {}

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        private let flags: UInt32
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let flags = Features.isWide ? reader.uint32() : reader.uint16().map(UInt32.init) else {
                throw .length(expected: Features.isWide ? 4 : 2, got: payload.count)
            }
            self.flags = flags
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            for (bit, feature) in Features.features.enumerated() { fields.add(feature, flags.has(bit)) }
            let reserved = (flags >> Features.definedBits) << Features.definedBits
            if reserved != 0 { fields.add("rfu_flags", reserved) }
            fields.addExtras(trailingBytes: trailing)
        }
    }
}

/// The features of a service, at the type level.
public protocol FeatureList: Hashable, Sendable {
    static var name: String { get }
    /// The assigned number of the characteristic.
    static var number: UInt16 { get }
    /// Whether the value has 32 bits rather than 16.
    static var isWide: Bool { get }
    /// The names of the single bits, lowest first.
    static var features: [String] { get }
    /// How many bits have a meaning.
    static var definedBits: Int { get }
}

extension FeatureList {
    public static var isWide: Bool { false }
    public static var definedBits: Int { features.count }
}

public enum RunningSpeedCadenceFeatures: FeatureList {
    public static let name = "ble.rsc.2a54"
    public static let number: UInt16 = 0x2A54
    public static let features = [
        "stride_length", "total_distance", "walk_run", "calibration", "multiple_locations",
    ]
}

public enum CyclingSpeedCadenceFeatures: FeatureList {
    public static let name = "ble.csc.2a5c"
    public static let number: UInt16 = 0x2A5C
    public static let features = ["wheel", "crank", "multiple_locations"]
}

/// Bits 20-21 say together whether the sensor is one of several; they have no name here.
public enum CyclingPowerFeatures: FeatureList {
    public static let name = "ble.cps.2a65"
    public static let number: UInt16 = 0x2A65
    public static let isWide = true
    public static let features = [
        "pedal_balance", "accumulated_torque", "wheel", "crank", "extreme_magnitudes", "extreme_angles",
        "dead_spot_angles", "accumulated_energy", "offset_comp_indicator", "offset_comp", "content_masking",
        "multiple_locations", "crank_length", "chain_length", "chain_weight", "span_length", "torque_based",
        "direction", "calibration_date", "enhanced_offset_comp",
    ]
    public static let definedBits = 22
}
