public import Wire

/// ANT+ Bike Speed, device type 123: turns of a wheel whose circumference the sensor does not know.
///
/// Layout: ``RevolutionPage``. Formulas and limits: ``RevolutionCounter``. While no turn comes the rate is
/// not known; after 3 s without one, or when page 5 says so, it is 0.
///
/// - Source: ANT+ Device Profile D00001163, "Bike Speed and Cadence", as implemented in StephenHidem/AntPlus
///   `BikeSpeedAndCadence` and openant `bike_speed_cadence.py`.
/// - Checked: against openant, see `Tests/Core/ProfilesTests/Peers`.
public struct BikeSpeed: SensorProfile {
    public typealias Page = RevolutionPage

    public static let name = "ant.bike_speed"
    public static let address = ProfileAddress.antPlus(deviceType: 123, period: 8118)

    private var wheel = RevolutionSensor(.wheel)

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        guard case .counted(let rate) = wheel.take(page, at: time, into: &readings) else { return }
        if let rate { readings.append(.wheelRate(rate)) }
        readings.append(.wheelRevolutions(wheel.counter.total))
    }
}
