public import Wire

/// System ID, characteristic 2A23 of the Device Information service.
///
///     manufacturer-defined identifier    organizationally unique identifier
///     u40                                u24
///
/// - Source: Bluetooth Device Information Service 1.1.
public struct SystemID: SensorProfile {
    public static let name = "ble.dis.2a23"
    public static let address = ProfileAddress.characteristic(AttributeUUID(0x2A23), rate: 0)

    public init() {}

    /// Yields nothing: the number names a device, and no reading needs it.
    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {}

    /// What the bytes of one value say.
    public struct Page: DecodedPage {
        public let manufacturerIdentifier: UInt64
        public let organization: UInt32
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let identifier = reader.uint40(), let organization = reader.uint24() else {
                throw .length(expected: 8, got: payload.count)
            }
            (manufacturerIdentifier, self.organization) = (identifier, organization)
            trailing = reader.remaining
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("manufacturer_identifier", manufacturerIdentifier)
            fields.add("oui", organization)
            fields.addExtras(trailingBytes: trailing)
        }
    }
}
