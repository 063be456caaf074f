public import Wire

/// One advertisement, as a controller reports it. A fixed-size value.
public struct AdvertisingReport: Hashable, Sendable {
    /// What kind of address the sensor uses; how the address is to be read follows from its own top bits.
    public enum AddressType: UInt8, Hashable, Sendable {
        case `public` = 0
        case random = 1
        /// Of a bonded device whose random address the controller resolved.
        case publicIdentity = 2
        case randomIdentity = 3
    }

    /// 48 bits, the first octet of the text form on top.
    public var address: UInt64
    public var addressType: AddressType
    /// Whether it answers a scan request rather than being advertised by itself.
    public var isScanResponse: Bool
    /// dBm, -127...20; `nil`: the controller does not know.
    public var strength: Int8?
    /// The AD structures.
    public var data: Payload

    public init(
        address: UInt64,
        addressType: AddressType,
        isScanResponse: Bool = false,
        strength: Int8? = nil,
        data: Payload
    ) {
        (self.address, self.addressType) = (address, addressType)
        (self.isScanResponse, self.strength, self.data) = (isScanResponse, strength, data)
    }
}

/// What the reading of one event's reports came to.
public struct ReportCount: Hashable, Sendable {
    /// Reports that were handed over.
    public var taken = 0
    /// Reports that were left out: of anonymous advertisers, of an unknown address type, or parts of an
    /// advertisement that came in several.
    public var skipped = 0
    /// Whether the event ended inside a report, or had bytes left after the last one.
    public var isDamaged = false

    public init() {}
}

/// The advertising reports in an LE Meta event. The parameters, from the subevent code on; every number is
/// little-endian.
///
///     legacy      02   count   ┌ type   address type   address   length   data   strength ┐ × count
///                              └ u8     u8             6         u8       length   i8      ┘
///     extended    0D   count   ┌ type   address type   address   PHYs   set   power   strength
///                              │ u16    u8             6         2      u8    i8      i8
///                              │ interval   direct type   direct address   length   data   ┐ × count
///                              └ u16        u8            6                u8       length ┘
///
/// - type, legacy: 0 connectable, 1 directed, 2 scannable, 3 neither, 4 scan response
/// - type, extended: bit 3 scan response, bits 5-6 data status: 0 complete, 1 more to come, 2 cut off
/// - address type: 0...3 as in ``AdvertisingReport/AddressType``, FF anonymous (extended only)
/// - strength: dBm, 127 = not known
///
/// The reports of one event stand one after the other, each with all its fields, which is what controllers
/// and the kernel do; the specification's arrays can be read otherwise.
///
/// - Source: Bluetooth Core Specification 5.3, Vol 4, Part E, sections 7.7.65.2 and 7.7.65.13; the order of
///   several reports as in the Linux kernel, `hci_le_adv_report_evt`.
public enum AdvertisingReports {
    static let legacy: UInt8 = 0x02
    static let extended: UInt8 = 0x0D

    private static let unknownStrength: Int8 = 127

    /// Hands every report to `body`, in order. Allocates nothing; whatever the bytes are, it ends.
    ///
    /// - Parameters:
    ///   - parameters: Of the LE Meta event, from the subevent code on.
    ///   - body: Gets each whole report.
    /// - Returns: How many there were; `nil` when the event is another one.
    public static func read(
        _ parameters: UnsafeRawBufferPointer,
        _ body: (AdvertisingReport) -> Void
    ) -> ReportCount? {
        guard let subevent = parameters.first, subevent == legacy || subevent == extended else { return nil }
        var count = ReportCount()
        guard parameters.count >= 2 else {
            count.isDamaged = true
            return count
        }
        var rest = UnsafeRawBufferPointer(rebasing: parameters[2...])
        for _ in 0..<parameters[1] {
            let layout = subevent == legacy ? Layout.legacy : Layout.extended
            guard let length = layout.length(in: rest) else {
                count.isDamaged = true
                return count
            }
            let bytes = UnsafeRawBufferPointer(rebasing: rest[..<length])
            if let report = layout.report(bytes) {
                count.taken += 1
                body(report)
            } else {
                count.skipped += 1
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
        count.isDamaged = !rest.isEmpty
        return count
    }

    /// Where the fields of a report are.
    private struct Layout {
        let typeBytes: Int
        let addressType: Int
        let strengthBeforeData: Int?
        let dataLength: Int

        static let legacy = Layout(typeBytes: 1, addressType: 1, strengthBeforeData: nil, dataLength: 8)
        static let extended = Layout(typeBytes: 2, addressType: 2, strengthBeforeData: 13, dataLength: 23)

        /// The length of the report that `bytes` begin with; `nil` when they end inside it.
        func length(in bytes: UnsafeRawBufferPointer) -> Int? {
            guard bytes.count > dataLength else { return nil }
            let length = dataLength + 1 + Int(bytes[dataLength]) + (strengthBeforeData == nil ? 1 : 0)
            return length <= bytes.count ? length : nil
        }

        /// `nil` for a report that is of no use.
        func report(_ bytes: UnsafeRawBufferPointer) -> AdvertisingReport? {
            let isComplete = typeBytes == 1 || bytes[0] >> 5 & 0x03 == 0
            let data = bytes[(dataLength + 1)...].prefix(Int(bytes[dataLength]))
            guard isComplete, let type = AdvertisingReport.AddressType(rawValue: bytes[addressType]),
                let payload = Payload(data)
            else { return nil }
            let start = addressType + 1
            let address = (0..<6).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
            let strength = Int8(bitPattern: bytes[strengthBeforeData ?? bytes.count - 1])
            return AdvertisingReport(
                address: address,
                addressType: type,
                isScanResponse: typeBytes == 1 ? bytes[0] == 4 : bytes[0] & 0x08 != 0,
                strength: strength == unknownStrength ? nil : strength,
                data: payload
            )
        }
    }
}
