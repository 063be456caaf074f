public import Wire

/// What a sensor tells in its advertisements, without a link: the manufacturer data of the companies that put
/// measured values there. Names, service lists and the data of other companies yield nothing.
///
/// - company 006B, Polar: 13 bytes that start with 72 08 are ``PolarWatchBroadcast``. Else, while bit 6 of
///   the first byte is set, a block stands there that is no rate; its length is in the second byte, and it is
///   skipped. What remains is ``PolarStrapBroadcast``, if it has three bytes.
/// - company 0BF6, greenTEG, in either byte order: ``CoreBroadcast``.
///
/// Advertisements come many times a second and unreliably, so no rate is expected.
///
/// - Source: Bluetooth Core Specification, Vol 3, Part C, section 11; the block as in polarofficial/
///   polar-ble-sdk `BleAdvertisementContent`.
/// - Checked: against the manufacturer data of four real straps, see the vectors. The block was seen with the
///   watch alone.
public struct Advertisement: SensorProfile {
    public static let name = "ble-adv"
    public static let address = ProfileAddress.advertisement
    /// The companies whose manufacturer data is read here.
    public static let companies = [PolarStrapBroadcast.company] + CoreBroadcast.companies

    private var polarStrap = PolarStrapBroadcast()
    private var polarWatch = PolarWatchBroadcast()
    private var core = CoreBroadcast()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .polarStrap(let page): polarStrap.update(page, at: time, into: &readings)
        case .polarWatch(let page): polarWatch.update(page, at: time, into: &readings)
        case .core(let page): core.update(page, at: time, into: &readings)
        case .other: break
        }
    }

    /// What the structures of one advertisement say.
    public enum Page: DecodedPage {
        case polarStrap(PolarStrapBroadcast.Page)
        case polarWatch(PolarWatchBroadcast.Page)
        case core(CoreBroadcast.Page)
        /// Nothing that is known here.
        case other

        public init(_ payload: Payload) throws(DecodeFailure) {
            var structures = AdvertisingStructures(payload)
            var page = Page.other
            while let structure = structures.next() {
                guard case .other = page, structure.type == AdvertisingStructure.manufacturerData else {
                    continue
                }
                page = try Self.page(of: payload[structure.data])
            }
            if let needed = structures.missingLength { throw .length(expected: needed, got: payload.count) }
            self = page
        }

        private static func page(of data: Payload) throws(DecodeFailure) -> Page {
            switch ByteReader.company(of: data) {
            case PolarStrapBroadcast.company:
                if PolarWatchBroadcast.isLayout(of: data) {
                    return .polarWatch(try PolarWatchBroadcast.Page(data))
                }
                let rate = data[rateStart(in: data)..<data.count]
                return rate.count < 3 ? .other : .polarStrap(try PolarStrapBroadcast.Page(rate))
            case .some(let company) where CoreBroadcast.companies.contains(company):
                return .core(try CoreBroadcast.Page(data))
            default: return .other
            }
        }

        /// Where the heart rate starts in Polar's manufacturer data.
        private static func rateStart(in data: Payload) -> Int {
            var start = 2
            while start < data.count, data[start].has(6) {
                let length = start + 1 < data.count ? Int(data[start + 1]) : 0
                start = Swift.min(start + 2 + length, data.count)
            }
            return start
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .polarStrap(let page):
                fields.add("profile", PolarStrapBroadcast.name)
                page.describe(to: &fields, context: context)
            case .polarWatch(let page):
                fields.add("profile", PolarWatchBroadcast.name)
                page.describe(to: &fields, context: context)
            case .core(let page):
                fields.add("profile", CoreBroadcast.name)
                page.describe(to: &fields, context: context)
            case .other: fields.add("profile", .null)
            }
        }
    }
}

extension ByteReader {
    /// The company id that manufacturer data starts with, or `nil` when there is none.
    static func company(of data: Payload) -> UInt16? {
        var reader = ByteReader(data)
        return reader.uint16()
    }
}
