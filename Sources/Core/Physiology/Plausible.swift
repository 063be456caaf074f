/// What a body and its sensors can produce. A value outside is no value: a metric counts it as missed.
///
/// Source: section 2.2 of the reference notes on physiology (bounds checked there against recordings);
/// powers up to 3000 W because bicycles come too.
public enum Plausible {
    /// beat/min
    public static let heartRate = 25.0...250.0
    /// W
    public static let power = 0.0...3_000.0
    /// m/s: above the fastest sprint ever measured (12.4 m/s).
    public static let speed = 0.0...12.5
    /// kg
    public static let mass = 20.0...250.0
    /// Years
    public static let age = 5.0...120.0
    /// °C, of the body's core
    public static let coreTemperature = 30.0...43.0
    /// ms
    public static let groundContact = 100.0...500.0
    /// mm
    public static let verticalOscillation = 20.0...200.0
    /// step/min
    public static let cadence = 1.0...260.0
}
