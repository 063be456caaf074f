public import Units
public import Wire

/// The heart rate that Polar straps advertise, company 006B. The bytes after the company id:
///
///     byte    0        1      2       3
///             status   kHz    fast    slow
///                      code   rate    rate, beats/min; absent in a form of three bytes: then slow = fast
///
/// - status: bit 0 "battery status", 1 skin contact, 2-4 frame counter, 5 broadcast, 6 sensor data type,
///   7 status. Bit 0 is set in every public recording of a strap in good health: it is no low battery.
/// - fast, slow: averages over a short and a long time, 0 = not known. The strap shows the slow one. Straps
///   exist that leave the fast one 0; none of them is an interval between beats.
///
/// A strap that lies on a table goes on advertising its last rate. So a rate counts only while the contact
/// bit is set **and** the frame counter lives: it must have been seen to move, under contact, at most 3 s
/// ago. That holds back the first advertisement of each strap. How fast the counter moves is not public; 3 s
/// is the limit for the beat count of an ANT+ strap too, and lets pass a counter that goes with the beats
/// down to 20 beats/min.
///
/// - Source: polarofficial/polar-ble-sdk, `BlePolarHrAdvertisement`; stale rates: its issue 137.
/// - Checked: against the manufacturer data of one H7 and three H10.
public struct PolarStrapBroadcast: SensorProfile {
    public static let name = "ble-adv.polar_hr"
    public static let address = ProfileAddress.manufacturerData(company: company, count: 3...4)

    static let company: UInt16 = 0x006B
    private static let counterLife = 3 * Nanoseconds.second

    private var counter: UInt8?
    private var counterMoved: Instant?

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        readings.append(.contact(page.hasContact))
        guard page.hasContact else {
            (counter, counterMoved) = (nil, nil)
            return
        }
        if let counter, counter != page.frameCounter { counterMoved = time }
        counter = page.frameCounter
        guard let counterMoved, time - counterMoved <= Self.counterLife, let rate = page.heartRate else {
            return
        }
        readings.append(.heartRate(rate))
    }
}

extension PolarStrapBroadcast {
    /// What the bytes after the company id say.
    public struct Page: DecodedPage {
        private let status: UInt8
        private let kilohertzCode: UInt8
        /// beats/min, 0 = not known.
        public let fast, slow: UInt8
        private let trailing: Int

        public init(_ payload: Payload) throws(DecodeFailure) {
            var reader = ByteReader(payload)
            guard let status = reader.uint8(), let code = reader.uint8(), let fast = reader.uint8() else {
                throw .length(expected: 3, got: payload.count)
            }
            (self.status, kilohertzCode, self.fast) = (status, code, fast)
            slow = reader.uint8() ?? fast
            trailing = reader.remaining
        }

        public var hasContact: Bool { status.has(1) }
        /// 0...7.
        public var frameCounter: UInt8 { status >> 2 & 0x07 }

        /// The rate that the strap shows, or else the one it has.
        public var heartRate: HeartRate? {
            let rate = slow != 0 ? slow : fast
            return rate == 0 ? nil : HeartRate(Double(rate))
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("battery_status", status & 1)
            fields.add("contact", hasContact)
            fields.add("frame_counter", frameCounter)
            fields.add("broadcast", status >> 5 & 1)
            fields.add("data_type", status >> 6 & 1)
            fields.add("status", status >> 7)
            fields.add("khz_code", kilohertzCode)
            fields.add("hr_fast", fast == 0 ? nil : fast)
            fields.add("hr_slow", slow == 0 ? nil : slow)
            fields.addExtras(trailingBytes: trailing)
        }
    }
}
