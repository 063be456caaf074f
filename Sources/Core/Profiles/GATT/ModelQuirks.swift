/// How sensors of a model depart from the profile that they claim. One table says which model does what; each
/// profile takes what concerns it with ``SensorProfile/apply(_:)``.
public struct ModelQuirks: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// RR intervals of 2A37 are in milliseconds instead of 1/1024 s.
    public static let intervalsInMilliseconds = ModelQuirks(rawValue: 1 << 0)
    /// An interval of exactly 500 stands for one that the sensor could not find.
    public static let halfSecondFillers = ModelQuirks(rawValue: 1 << 1)
    /// The cadence of 2A53 counts steps of both feet instead of strides.
    public static let stepsForStrides = ModelQuirks(rawValue: 1 << 2)
    /// A runner's power comes through the Cycling Power service; crank turns are strides.
    public static let runningAsCycling = ModelQuirks(rawValue: 1 << 3)

    /// What is known of a model. An empty text stands for anything.
    private struct Row {
        /// How the advertised name starts, lower case.
        var name = ""
        /// How the manufacturer of the device information service starts, lower case.
        var manufacturer = ""
        /// How its serial number starts, lower case.
        var serial = ""
        let quirks: ModelQuirks
    }

    /// Sources, row by row:
    ///
    /// 1. WHOOP 5 and MG, whose names their owners choose: ryanbr/noop issues 2195 (unit), 2371 (fillers),
    ///    1061 (serial numbers).
    /// 2. Wahoo TICKR X: OpenTracksApp/OpenTracks pull request 1170.
    /// 3. Stryd: OpenTracksApp/OpenTracks issue 962, TrackMyIndoorWorkout/TrackMyIndoorWorkout issue 395.
    private static let table = [
        Row(manufacturer: "whoop", serial: "5a", quirks: [.intervalsInMilliseconds, .halfSecondFillers]),
        Row(name: "tickr x", quirks: .stepsForStrides),
        Row(name: "stryd", quirks: .runningAsCycling),
    ]

    /// The quirks of a sensor, by whatever it told about itself so far.
    ///
    /// - Parameters:
    ///   - name: The name that it advertises.
    ///   - manufacturer: Characteristic 2A29.
    ///   - serial: Characteristic 2A25.
    /// - Returns: The quirks of every row that fits; none for a model that is not in the table.
    public static func of(name: String?, manufacturer: String? = nil, serial: String? = nil) -> ModelQuirks {
        func fits(_ text: String?, _ start: String) -> Bool {
            start.isEmpty || (text?.lowercased().hasPrefix(start) ?? false)
        }
        return table.reduce(into: []) { quirks, row in
            if fits(name, row.name), fits(manufacturer, row.manufacturer), fits(serial, row.serial) {
                quirks.formUnion(row.quirks)
            }
        }
    }
}
