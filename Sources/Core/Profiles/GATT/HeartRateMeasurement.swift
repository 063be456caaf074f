public import Units
public import Wire

/// Heart Rate Measurement, characteristic 2A37 of the Heart Rate service.
///
///     flags   rate          energy        RR, RR, ...
///     u8      u8 or u16     u16           u16 each
///             beats/min     kJ            1/1024 s, oldest first
///             always        flag 3        flag 4
///
/// - flags: bit 0 rate has 16 bits, 1 skin contact detected, 2 contact is supported, 3 energy present, 4 RR
///   present, 5-7 reserved. Contact without support means nothing.
/// - rate: 0 = not known
/// - RR: as many as fit, also none. A lone last byte is left over from a broken sensor and ignored.
///
/// There is no time stamp: beats follow each other by their intervals alone. Intervals that come while the
/// skin contact is lost are no beats. Some sensors send milliseconds, and 500 for an interval that they could
/// not find: with ``ModelQuirks/halfSecondFillers`` one that is more than a quarter off the rate is no beat.
///
/// - Source: Bluetooth GATT Specification Supplement, "Heart Rate Measurement".
/// - Checked: real values of five straps, and four open decoders, see the vectors.
public struct HeartRateMeasurement: SensorProfile {
    public static let name = "ble.hrs.2a37"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A37), rate: 1)

    private var quirks: ModelQuirks = []

    public init() {}

    public mutating func apply(_ quirks: ModelQuirks) { self.quirks = quirks }

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if page.contact != .unsupported { readings.append(.contact(page.contact == .detected)) }
        if let rate = page.heartRate { readings.append(.heartRate(rate)) }
        guard page.contact != .notDetected else { return }
        for index in 0..<page.intervalCount {
            let interval = page.interval(at: index)
            if interval == 500, quirks.contains(.halfSecondFillers), !(90...150).contains(page.rate) {
                continue
            }
            let isMilliseconds = quirks.contains(.intervalsInMilliseconds)
            readings.append(
                .beat(isMilliseconds ? Beat(milliseconds: interval) : Beat(interval: interval))
            )
        }
    }
}

extension Beat {
    /// The beat that ends an interval told in milliseconds; at most 63.999 s.
    init(milliseconds: UInt16) {
        self.init(interval: UInt16(clamping: (UInt32(milliseconds) * 1024 + 500) / 1000))
    }
}

extension HeartRateMeasurement {
    public enum Contact: String, Hashable, Sendable {
        case unsupported
        case detected
        case notDetected = "not_detected"
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        /// beats/min as sent, 0 = not known.
        public let rate: UInt16
        /// kJ since the last reset.
        public let energy: UInt16?
        /// How many RR intervals there are.
        public let intervalCount: Int

        private let bytes: Payload
        private let firstInterval: Int
        private let flags: UInt8
        private let leftOver: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            let flags = reader.uint8() ?? 0
            let isWide = flags & 1 != 0
            let hasEnergy = flags & 1 << 3 != 0
            let needed = 2 + (isWide ? 1 : 0) + (hasEnergy ? 2 : 0)
            guard payload.count >= needed,
                let rate = isWide ? reader.uint16() : reader.uint8().map(UInt16.init)
            else { throw .length(expected: needed, got: payload.count) }

            self.rate = rate
            energy = hasEnergy ? reader.uint16() : nil
            bytes = payload
            firstInterval = reader.position
            intervalCount = flags & 1 << 4 != 0 ? reader.remaining / 2 : 0
            leftOver = reader.remaining - 2 * intervalCount
            self.flags = flags
        }

        public var heartRate: HeartRate? { rate == 0 ? nil : HeartRate(Double(rate)) }

        public var contact: Contact {
            guard flags & 1 << 2 != 0 else { return .unsupported }
            return flags & 1 << 1 != 0 ? .detected : .notDetected
        }

        /// An RR interval, 1/1024 s, oldest first.
        ///
        /// - Precondition: `0 ≤ index < intervalCount`.
        public func interval(at index: Int) -> UInt16 {
            precondition(index >= 0)
            precondition(index < intervalCount)
            let position = firstInterval + 2 * index
            return UInt16(bytes[position]) | UInt16(bytes[position + 1]) << 8
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("hr_bpm", rate == 0 ? nil : rate)
            fields.add("contact", contact.rawValue)
            fields.add("energy_kj", energy)
            let intervals = (0..<intervalCount).map { FieldValue.integer(Int64(interval(at: $0))) }
            fields.add("rr_1024", .list(intervals))
            fields.addExtras(reservedFlags: UInt16(flags & 0xE0), trailingBytes: leftOver)
        }
    }
}
