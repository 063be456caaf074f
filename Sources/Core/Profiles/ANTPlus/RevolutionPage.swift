import Units
public import Wire

/// A page of a bike speed sensor or a bike cadence sensor: the two differ in what turns.
///
/// Bytes 4-7 are the same on every page:
///
///     byte    0          1    2    3    4      5      6       7
///             t page     ..   ..   ..   EE     EE     NN      NN
///             toggle|no  by page        time of event revolutions
///
/// - t: bit 7, changes every fourth page
/// - E: time of the newest revolution, 1/1024 s; wraps at 64 s
/// - N: revolutions since the sensor started; wraps at 65536
///
/// Bytes 1-3, by page number:
///
///     0    FF FF FF
///     1    operating time, 24 bits, 2 s
///     2    manufacturer (low byte), upper half of the serial; the lower half is the device number
///     3    hardware, software, model
///     4    FF, voltage and state of the battery, see ``ANTPlusBattery``
///     5    bit 0 of byte 1: the sensor knows that nothing turns
///
/// Bytes 0-3 mean something only once the toggle was seen in both states (``BackgroundPages``). Pages beyond
/// this list carry revolutions too.
public struct RevolutionPage: DecodedPage {
    let bytes: ANTPage

    public init(_ payload: Payload) throws(DecodeFailure) { bytes = try Self.bytes(of: payload) }

    public var number: UInt8 { bytes[0] & 0x7F }
    public var toggle: Bool { bytes[0] & 0x80 != 0 }
    /// Time of the newest revolution, 1/1024 s.
    public var eventTime: UInt16 { bytes.uint16(at: 4) }
    public var revolutions: UInt16 { bytes.uint16(at: 6) }

    /// Whether a display sends this page to the sensor: it holds no revolutions.
    var isFromHost: Bool { number == 70 }
    var battery: ANTPlusBattery { ANTPlusBattery(bytes, at: 2) }
    var saysStopped: Bool { number == 5 && bytes[1] & 0x01 != 0 }

    public func describe(to fields: inout FieldList, context: PageContext) {
        fields.add("page", number)
        fields.add("toggle", toggle ? 1 : 0)
        fields.add("event_time_raw", eventTime)
        fields.add("revs", revolutions)
        switch number {
        case 1: fields.add("operating_time_s", 2 * bytes.uint24(at: 1))
        case 2: BackgroundPages.describeMaker(bytes, to: &fields, context: context)
        case 3: BackgroundPages.describeVersions(bytes, to: &fields)
        case 4:
            fields.add("battery_voltage_v", battery.voltage)
            fields.add("battery_status", battery.statusName)
        case 5: fields.add("stopped", saysStopped)
        default: break
        }
    }
}

/// What bike speed and bike cadence sensors have in common: a count that grows with each turn.
struct RevolutionSensor: Hashable, Sendable {
    private(set) var counter: RevolutionCounter
    private var background = BackgroundPages()

    init(_ counter: RevolutionCounter) { self.counter = counter }

    /// Takes in one page and tells the facts in it.
    ///
    /// - Parameters:
    ///   - page: The page.
    ///   - time: When it arrived.
    ///   - readings: Where facts go.
    /// - Returns: What it says about the turning, or `nil` when it says nothing.
    mutating func take(
        _ page: RevolutionPage,
        at time: Instant,
        into readings: inout [Reading]
    ) -> RevolutionCounter.Step? {
        if background.areNumbered, page.isFromHost { return nil }
        let step = counter.take(revolutions: page.revolutions, eventTime: page.eventTime, at: time)
        if step == .late { return step }
        background.see(toggle: page.toggle)
        guard background.areNumbered else { return step }
        switch page.number {
        case 2: background.takeMaker(page.bytes, into: &readings)
        case 3: background.takeVersions(page.bytes, into: &readings)
        case 4: background.take(page.battery, into: &readings)
        case 5: if page.saysStopped { return .counted(rate: RotationRate(0)) }
        default: break
        }
        return step
    }
}
