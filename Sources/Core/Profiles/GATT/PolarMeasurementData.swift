import Units
public import Wire

/// PMD Data, the stream of Polar's measurement service: one frame of samples of one kind.
///
///     byte    0      1-8          9              10...
///             kind   time         frame type     samples
///             u8     u64, ns      bit 7: compressed
///
/// - kind: 0 ECG, 1 PPG, 2 acceleration, 3 PPI, 5 gyroscope, 6 magnetometer, 9 SDK mode, 10 location,
///   11 pressure, 12 temperature
/// - time: of the newest sample, since 2000-01-01 in the sensor's clock, which may be wrong; 0 for PPI
/// - PPI, frame type 0, 6 bytes each: rate u8 (beats/min, 0 = not yet known), interval u16 and its error u16
///   (ms), flags u8: bit 0 the interval is disturbed by movement, 1 skin contact, 2 contact is supported
/// - ECG, frame type 0, 3 bytes each: i24, µV
/// - acceleration, frame type 1, 6 bytes each: x, y, z i16, 0.001 g
///
/// Other kinds and frame types are kept as they are. PPI is optical: its intervals are computed and no basis
/// for heart-rate variability in motion. Disturbed ones and those off the skin are no beats.
///
/// - Source: polarofficial/polar-ble-sdk, `technical_documentation/online_measurement.pdf` and the tests
///   `PpiDataTest`, `EcgDataTest`, `AccDataTest`. Where text and code differ on the contact flags, the code.
/// - Checked: against the payloads of those tests.
public struct PolarMeasurementData: SensorProfile {
    public static let name = "ble.polar_pmd.data"
    public static let address = ProfileAddress.characteristic(
        AttributeUUID(UUID(high: 0xFB00_5C82_02E7_F387, low: 0x1CAD_8ACD_2D8D_F0C8)),
        rate: 0
    )

    private var isOptical = News<Bool>()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        guard page.layout == .intervals else { return }
        readings.tell(.beatsAreComputed(true), about: true, unless: &isOptical)
        for index in 0..<page.sampleCount {
            let pulse = page.pulse(at: index)
            if pulse.tellsContact { readings.append(.contact(pulse.hasContact)) }
            guard pulse.hasContact || !pulse.tellsContact else { continue }
            if pulse.rate > 0 { readings.append(.heartRate(HeartRate(Double(pulse.rate)))) }
            if !pulse.isDisturbed { readings.append(.beat(Beat(milliseconds: pulse.interval))) }
        }
    }
}

extension PolarMeasurementData {
    /// One sample of PPI.
    public struct Pulse: Hashable, Sendable {
        /// beats/min, 0 = not known.
        public let rate: UInt8
        /// ms.
        public let interval, error: UInt16
        fileprivate let flags: UInt8

        public var isDisturbed: Bool { flags.has(0) }
        public var hasContact: Bool { flags.has(1) }
        public var tellsContact: Bool { flags.has(2) }
    }

    /// What the bytes of one frame say.
    public struct Page: DecodedPage {
        enum Layout {
            case intervals, electrocardiogram, acceleration
            /// No public layout, or none that is read here.
            case unknown

            /// Bytes of a sample.
            var size: Int {
                switch self {
                case .intervals, .acceleration: 6
                case .electrocardiogram: 3
                case .unknown: 1
                }
            }
        }

        let layout: Layout
        public let kind: UInt8
        /// Since 2000-01-01 in the sensor's clock, ns.
        public let timestamp: UInt64
        public let sampleCount: Int
        private let bytes: Payload

        private static let start = 10

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let kind = reader.uint8(), let timestamp = reader.uint64(), let frameType = reader.uint8()
            else { throw .length(expected: Self.start, got: payload.count) }
            let layout: Layout =
                switch (kind, frameType) {
                case (0, 0): .electrocardiogram
                case (2, 1): .acceleration
                case (3, 0): .intervals
                default: .unknown
                }
            let excess = reader.remaining % layout.size
            guard excess == 0 else {
                throw .length(expected: payload.count - excess + layout.size, got: payload.count)
            }
            (self.kind, self.timestamp, self.layout, bytes) = (kind, timestamp, layout, payload)
            sampleCount = reader.remaining / layout.size
        }

        /// A sample of PPI.
        ///
        /// - Precondition: The frame has PPI, and `0 ≤ index < sampleCount`.
        public func pulse(at index: Int) -> Pulse {
            precondition(layout == .intervals)
            precondition(index >= 0)
            precondition(index < sampleCount)
            let first = Self.start + layout.size * index
            return Pulse(
                rate: bytes[first],
                interval: UInt16(bytes[first + 1]) | UInt16(bytes[first + 2]) << 8,
                error: UInt16(bytes[first + 3]) | UInt16(bytes[first + 4]) << 8,
                flags: bytes[first + 5]
            )
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("type", Int(kind) < Self.kinds.count ? Self.kinds[Int(kind)] : "reserved")
            fields.add("timestamp_ns", timestamp)
            var reader = ByteReader(bytes)
            reader.skip(Self.start)
            var samples: [FieldValue] = []
            switch layout {
            case .unknown: fields.add("undecoded", true)
            case .intervals:
                fields.add("samples", .list((0..<sampleCount).map { Self.describe(pulse(at: $0)) }))
            case .electrocardiogram:
                while let sample = reader.int24() { samples.append(.integer(Int64(sample))) }
                fields.add("samples_uv", .list(samples))
            case .acceleration:
                while let x = reader.int16(), let y = reader.int16(), let z = reader.int16() {
                    samples.append(.list([x, y, z].map { .integer(Int64($0)) }))
                }
                fields.add("samples_mg", .list(samples))
            }
        }

        private static func describe(_ pulse: Pulse) -> FieldValue {
            var fields = FieldList()
            fields.add("hr_bpm", pulse.rate)
            fields.add("ppi_ms", pulse.interval)
            fields.add("error_ms", pulse.error)
            fields.add("blocker", pulse.isDisturbed ? 1 : 0)
            fields.add("skin_contact", pulse.hasContact ? 1 : 0)
            fields.add("skin_contact_supported", pulse.tellsContact ? 1 : 0)
            return .object(fields)
        }

        private static let kinds = [
            "ecg", "ppg", "acc", "ppi", "reserved", "gyro", "mag", "reserved", "reserved", "sdk", "location",
            "pressure", "temperature",
        ]
    }
}
