public import Wire

/// ANT+ Running Dynamics, device type 30: sent by some heart-rate straps beside their own channel.
///
/// The layout is not public. Pages are recognised, counted and kept as they are for captures; nothing is read
/// into them and no reading comes of them. Pages 64-95 are ``CommonPages``, which every profile shares.
///
/// - Source: none public; the channel period is therefore not known either, and that of 4 Hz is assumed.
/// - Checked: by nothing.
public struct RunningDynamics: SensorProfile {
    public static let name = "ant.running_dynamics"
    public static let address = ProfileAddress.antPlus(deviceType: 30, period: 8192)

    /// Pages that were kept raw.
    public private(set) var undecodedPages: UInt64 = 0
    private var common = CommonPages()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .raw: undecodedPages += 1
        case .common(let page): common.update(page, at: time, into: &readings)
        }
    }
}

extension RunningDynamics {
    /// The eight bytes of one page.
    public enum Page: DecodedPage {
        case raw(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            if CommonPages.numbers.contains(bytes[0]) {
                self = .common(try CommonPages.Page(payload))
            } else {
                self = .raw(bytes)
            }
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .raw(let bytes):
                fields.add("page", bytes[0])
                fields.add("undecoded", true)
                let all = (0..<ANTPage.byteCount).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
                fields.add("raw", Hex.text(all, digits: 16))
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }
    }
}
