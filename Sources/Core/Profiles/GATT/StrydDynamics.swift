import Units
public import Wire

/// Running dynamics of a Stryd pod, characteristic 7E78AA19 of its own service.
///
///     byte    0      1-3   4-5              6-19
///             32     ..    ground contact   ..
///             kind         u16, ms
///
/// The other bytes, and other kinds, have no public layout: they are kept as they are.
///
/// - Source: cagnulein/qdomyos-zwift, `strydrunpowersensor.cpp`, issue 4480.
/// - Checked: by hand.
public struct StrydDynamics: SensorProfile {
    public static let name = "ble.stryd.aa19"
    public static let address = ProfileAddress.characteristic(
        AttributeUUID(UUID(high: 0x7E78_AA19_72CD_D3B8, low: 0xA81F_5B7E_589B_EA0F)),
        rate: 0
    )

    private static let kind: UInt8 = 0x32
    private static let byteCount = 20

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        guard let contact = page.contact, contact > 0 else { return }
        readings.append(.groundContactTime(Interval(Double(contact) / 1000)))
    }

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        public let kind: UInt8
        /// ms; `nil` when the kind is not known.
        public let contact: UInt16?
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let kind = reader.uint8() else { throw .length(expected: 1, got: 0) }
            self.kind = kind
            guard kind == StrydDynamics.kind else {
                (contact, trailing) = (nil, 0)
                return
            }
            guard payload.count >= byteCount, reader.skip(3) else {
                throw .length(expected: byteCount, got: payload.count)
            }
            contact = reader.uint16()
            trailing = payload.count - byteCount
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("type", kind)
            if let contact { fields.add("ground_contact_ms", contact) } else { fields.add("undecoded", true) }
            fields.addExtras(trailingBytes: trailing)
        }
    }
}
