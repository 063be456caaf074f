import Units
public import Wire

/// Running dynamics of an older Stryd pod, characteristic FF00.
///
///     kind   ground contact   vertical oscillation
///     0F     u16              u16
///            ms               mm, by assumption
///
/// Any other kind is not known.
///
/// - Source: cagnulein/qdomyos-zwift, `strydrunpowersensor.cpp`, issue 827.
/// - Checked: against one real value printed there.
public struct FF00Pod: SensorProfile {
    public static let name = "ble.pod.ff00"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0xFF00), rate: 0)

    private static let kind: UInt8 = 0x0F

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        if page.contact > 0 { readings.append(.groundContactTime(Interval(Double(page.contact) / 1000))) }
        if page.oscillation > 0 {
            readings.append(.verticalOscillation(Distance(Double(page.oscillation) / 1000)))
        }
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        /// ms.
        public let contact: UInt16
        /// mm.
        public let oscillation: UInt16
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let kind = reader.uint8(), let contact = reader.uint16(), let oscillation = reader.uint16()
            else { throw .length(expected: 5, got: payload.count) }
            guard kind == FF00Pod.kind else { throw .unknownPage(kind) }
            (self.contact, self.oscillation) = (contact, oscillation)
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("ground_contact_ms", contact)
            fields.add("vertical_oscillation_mm", oscillation)
            fields.addExtras(trailingBytes: trailing)
        }
    }
}
