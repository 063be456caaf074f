public import Wire

/// ANT+ Bike Speed and Cadence, device type 121: wheel and cranks in one sensor.
///
///     byte    0      1      2      3      4      5      6      7
///             CE     CE     CN     CN     SE     SE     SN     SN
///             time of event crank         time of event wheel
///
/// - CE, SE: time of the newest revolution of the cranks and of the wheel, 1/1024 s; wraps at 64 s
/// - CN, SN: revolutions since the sensor started; wraps at 65536
///
/// There is no page number and no invalid value: every bit is data, and the sensor says nothing about itself.
/// Formulas and limits: ``RevolutionCounter``.
///
/// - Source: ANT+ Device Profile D00001163, "Bike Speed and Cadence", as implemented in StephenHidem/AntPlus
///   `CombinedSpeedAndCadenceSensor.cs`.
/// - Checked: real frames, see the vectors; openant takes the low nibble of the first time for a page and
///   drops what it does not know, see `Tests/Core/ProfilesTests/Peers`.
public struct BikeSpeedCadence: SensorProfile {
    public static let name = "ant.combined_sc"
    public static let address = ProfileAddress.antPlus(deviceType: 121, period: 8086)

    private var crank = RevolutionCounter.crank
    private var wheel = RevolutionCounter.wheel

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        let bytes = page.bytes
        let turned = crank.take(revolutions: bytes.uint16(at: 2), eventTime: bytes.uint16(at: 0), at: time)
        if case .counted(let rate?) = turned { readings.append(.crankRate(rate)) }
        let rolled = wheel.take(revolutions: bytes.uint16(at: 6), eventTime: bytes.uint16(at: 4), at: time)
        guard case .counted(let rate) = rolled else { return }
        if let rate { readings.append(.wheelRate(rate)) }
        readings.append(.wheelRevolutions(wheel.total))
    }
}

extension BikeSpeedCadence {
    /// What the eight bytes say.
    public struct Page: DecodedPage {
        let bytes: ANTPage

        public init(_ payload: Payload) throws(DecodeFailure) { bytes = try Self.bytes(of: payload) }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("cad_time_raw", bytes.uint16(at: 0))
            fields.add("cad_revs", bytes.uint16(at: 2))
            fields.add("spd_time_raw", bytes.uint16(at: 4))
            fields.add("spd_revs", bytes.uint16(at: 6))
        }
    }
}
