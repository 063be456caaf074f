public import Wire

/// One athlete of a simulated squad and what he or she wears: what a gateway must be told.
public struct RosterEntry: Hashable, Sendable {
    /// A slug: `athlete_01`.
    public let athlete: String
    public let name: String
    /// Those that tell of the heart first.
    public let sensors: [SensorID]
    /// Beats per minute.
    public let heartRateMaximum: Int

    init(index: Int, sensors: [SensorID], heartRateMaximum: Int) {
        let number = index + 1
        athlete = number < 10 ? "athlete_0\(number)" : "athlete_\(number)"
        let (round, place) = index.quotientAndRemainder(dividingBy: Self.names.count)
        name = round == 0 ? Self.names[place] : "\(Self.names[place]) \(round + 1)"
        (self.sensors, self.heartRateMaximum) = (sensors, heartRateMaximum)
    }

    /// Invented.
    private static let names = [
        "Alva", "Bente", "Carla", "Dana", "Edda", "Freya", "Greta", "Hanna", "Ida", "Jana", "Kaja", "Lena",
        "Mara", "Nele", "Oda", "Pia", "Runa", "Sina", "Tilda", "Una", "Vera", "Wanda", "Xenia", "Ylva", "Zoe",
    ]
}
