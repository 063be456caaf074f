public import Wire

/// ANT+ Bike Cadence, device type 122: turns of the cranks.
///
/// Layout: ``RevolutionPage``. Formulas and limits: ``RevolutionCounter``. While no turn comes the rate is
/// not known; after 3 s without one, or when page 5 says so, it is 0.
///
/// - Source: ANT+ Device Profile D00001163, "Bike Speed and Cadence", as implemented in StephenHidem/AntPlus
///   `BikeSpeedAndCadence` and openant `bike_speed_cadence.py`.
/// - Checked: against openant, see `Tests/Core/ProfilesTests/Peers`.
public struct BikeCadence: SensorProfile {
    public typealias Page = RevolutionPage

    public static let name = "ant.bike_cadence"
    public static let address = ProfileAddress.antPlus(deviceType: 122, period: 8102)

    private var crank = RevolutionSensor(.crank)

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        guard case .counted(let rate?) = crank.take(page, at: time, into: &readings) else { return }
        readings.append(.crankRate(rate))
    }
}
