public import Wire

/// A sensor profile: it turns the frames of *one* sensor into readings, in two steps.
///
/// 1. ``Page``: what the bytes say, field by field under the names that the vectors use. Pure.
/// 2. ``update(_:at:into:)``: what that means after everything this sensor said before.
///
/// A profile is a value that owns the little state it needs, such as roll-over counters. It reads no
/// clock, performs no I/O and never traps on input, whatever the radio delivers.
public protocol SensorProfile: Hashable, Sendable {
    associatedtype Page: DecodedPage

    /// The stable name in vectors and on the command line: `ant.hr`, `ble.hrs.2a37`.
    static var name: String { get }
    /// Which frames are this profile's.
    static var address: ProfileAddress { get }

    init()

    /// Takes in how this sensor's model departs from the profile. Most profiles know no such model. Whoever
    /// learns the model calls it, best before the first page.
    mutating func apply(_ quirks: ModelQuirks)

    /// Takes in one decoded page and appends the readings that it yields.
    ///
    /// - Parameters:
    ///   - page: The page, already checked.
    ///   - time: When it arrived; only differences matter. Device counters give durations, `time` only
    ///     tells how long the sensor was silent.
    ///   - readings: Where the readings go. The caller reuses the array, so appending allocates nothing.
    mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading])
}

extension SensorProfile {
    public mutating func apply(_ quirks: ModelQuirks) {}

    /// Both steps. On failure neither the profile nor `readings` has changed.
    public mutating func decode(
        _ payload: Payload,
        at time: Instant,
        into readings: inout [Reading]
    ) throws(DecodeFailure) {
        update(try Page(payload), at: time, into: &readings)
    }
}

/// What the bytes of one page or characteristic value say.
public protocol DecodedPage: Hashable, Sendable {
    /// Reads `payload`.
    ///
    /// - Throws: ``DecodeFailure`` when the bytes are not a complete page of this kind.
    init(_ payload: Payload) throws(DecodeFailure)

    /// Lists every field under its stable name, in the order of the bytes. `context` is what else is known
    /// about the sender.
    func describe(to fields: inout FieldList, context: PageContext)
}

/// Which frames belong to a profile.
public enum ProfileAddress: Hashable, Sendable {
    /// ANT+ pages of a device type. `period`: of the channel, in 1/32768 s.
    case antPlus(deviceType: UInt8, period: UInt16)
    /// ANT+ pages that any device type with page numbers may send; its profile passes them on.
    case antPlusCommon
    /// Values of a GATT characteristic. `rate`: how many notifications a second to expect, 0 when they
    /// come on change or on request only.
    case characteristic(AttributeUUID, rate: Double)
    /// Whole advertisements; its profile passes the parts on.
    case advertisement
    /// Manufacturer data of a company in advertisements. `count`: how many bytes follow the company id.
    case manufacturerData(company: UInt16, count: ClosedRange<Int>)

    /// Messages a second that a sensor in range delivers; 0 when no rate is known.
    public var rate: Double {
        switch self {
        case .antPlus(_, let period): 32768 / Double(period)
        case .antPlusCommon, .advertisement, .manufacturerData: 0
        case .characteristic(_, let rate): rate
        }
    }
}

/// What is known about the sender of a page from outside the page.
public struct PageContext: Hashable, Sendable {
    public var deviceNumber: UInt16?
    public var transmissionType: UInt8?

    public init(deviceNumber: UInt16? = nil, transmissionType: UInt8? = nil) {
        (self.deviceNumber, self.transmissionType) = (deviceNumber, transmissionType)
    }
}

/// Why a payload is no page. Each case has its own counter, because each asks for another reaction.
public enum DecodeFailure: Error, Hashable, Sendable {
    /// Too few bytes for what the page announces, or not the length that the page must have.
    case length(expected: Int, got: Int)
    /// A page that this profile does not know. Normal traffic, counted and left alone.
    case unknownPage(UInt8)
    /// Manufacturer data of a company whose data this profile does not know.
    case unknownCompany(UInt16)
}

extension DecodeFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .length(let expected, let got): "\(got) bytes where \(expected) are needed"
        case .unknownPage(let page): "page \(page) is not part of this profile"
        case .unknownCompany(let company): "company \(company) is not that of this profile"
        }
    }
}
