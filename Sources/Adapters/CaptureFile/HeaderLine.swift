internal import JSON
internal import Messages
internal import Wire

/// The members of a capture's first line.
struct HeaderLine {
    /// The version of the format that is read.
    static let version: Int64 = 1

    private var version: Int64?
    private var gateway: String?
    private var boot: String?
    private var time: Int64?
    private var realtime: String?
    private var clock: String?
    private var sources = SourceTable()
    private var roster: [CapturedAthlete] = []
    private var settings: [SensorID: SensorSettings] = [:]
    private var note: String?

    /// Reads the header, or says what is wrong with it.
    static func header(_ line: UnsafeRawBufferPointer) throws(LineFault) -> CaptureHeader {
        var members = HeaderLine()
        var scanner = JSONScanner(line)
        do throws(JSONScanError) {
            try members.read(&scanner)
        } catch {
            throw .json(error)
        }
        return try members.header()
    }

    private func header() throws(LineFault) -> CaptureHeader {
        guard let version else { throw .missing("capture") }
        guard version == Self.version else { throw .other("version \(version) is not known here") }
        guard let gateway else { throw .missing("gateway") }
        guard let time else { throw .missing("t") }
        var utc: Nanoseconds?
        if let realtime {
            utc = Timestamp.parse(realtime.utf8)
            guard utc != nil else { throw .wrong("realtime") }
        }
        var id = BootID(high: 0, low: 0)
        if let boot {
            // A kernel's own spelling has dashes.
            guard let read = BootID(boot) ?? UUID(boot).map({ BootID(high: $0.high, low: $0.low) }) else {
                throw .wrong("boot")
            }
            id = read
        }
        let words = clock ?? ClockClass.unverified.rawValue
        guard let clock = ClockClass(rawValue: words) else { throw .wrong("clock") }
        var header = CaptureHeader(
            gateway: gateway,
            boot: id,
            time: Instant(nanoseconds: time),
            realtime: utc,
            clock: clock,
            sources: sources,
            roster: roster,
            note: note
        )
        header.settings = settings
        return header
    }

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONScanError) {
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if try scanner.null() { continue }
            switch try scanner.text(key) {
            case "capture": version = try scanner.integer()
            case "gateway": gateway = try scanner.text(try scanner.string())
            case "boot": boot = try scanner.text(try scanner.string())
            case "t": time = try scanner.integer()
            case "realtime": realtime = try scanner.text(try scanner.string())
            case "clock": clock = try scanner.text(try scanner.string())
            case "sources": try readSources(&scanner)
            case "roster": try readRoster(&scanner)
            case "settings": try readSettings(&scanner)
            case "note": note = try scanner.text(try scanner.string())
            default: try scanner.skip()
            }
        }
        try scanner.end()
    }

    private mutating func readSources(_ scanner: inout JSONScanner) throws(JSONScanError) {
        try scanner.beginObject()
        while let name = try scanner.nextKey() {
            var source = SourceTable.Source(name: try scanner.text(name))
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.matches(key, "serial") {
                    source.serial = try scanner.text(try scanner.string())
                } else if scanner.matches(key, "address") {
                    source.address = try scanner.text(try scanner.string())
                } else {
                    try scanner.skip()
                }
            }
            guard sources.add(source) != nil else { throw JSONScanError(.range, at: name.range.lowerBound) }
        }
    }

    private mutating func readSettings(_ scanner: inout JSONScanner) throws(JSONScanError) {
        try scanner.beginObject()
        while let name = try scanner.nextKey() {
            // A sensor of a kind that is not known here makes no rows, and needs no settings.
            let sensor = SensorID(try scanner.text(name))
            var settings = SensorSettings()
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let start = scanner.position
                if try scanner.null() { continue }
                if scanner.matches(key, "wheel_circumference") {
                    settings.wheelCircumference = try scanner.number()
                    try Self.check(settings.wheelCircumference, SensorSettings.circumferences, start)
                } else if scanner.matches(key, "calibration") {
                    settings.calibration = try scanner.number()
                    try Self.check(settings.calibration, SensorSettings.calibrations, start)
                } else if scanner.matches(key, "side") {
                    settings.side = SensorSettings.Side(rawValue: try scanner.text(try scanner.string()))
                } else {
                    try scanner.skip()
                }
            }
            if let sensor { self.settings[sensor] = settings }
        }
    }

    private static func check(
        _ value: Double?,
        _ range: ClosedRange<Double>,
        _ position: Int
    ) throws(JSONScanError) {
        if let value, !range.contains(value) { throw JSONScanError(.range, at: position) }
    }

    private mutating func readRoster(_ scanner: inout JSONScanner) throws(JSONScanError) {
        try scanner.beginArray()
        while try scanner.nextElement() {
            let start = scanner.position
            var athlete = CapturedAthlete(id: "", sensors: [])
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.matches(key, "athlete_id") {
                    athlete.id = try scanner.text(try scanner.string())
                } else if scanner.matches(key, "max_heart_rate") {
                    let rate = try scanner.null() ? nil : try scanner.integer()
                    athlete.maxHeartRate = rate.flatMap { Int(exactly: $0) }
                } else if scanner.matches(key, "sensors") {
                    try scanner.beginArray()
                    while try scanner.nextElement() {
                        athlete.sensors.append(try scanner.text(try scanner.string()))
                    }
                } else {
                    try scanner.skip()
                }
            }
            guard !athlete.id.isEmpty else { throw JSONScanError(.type, at: start) }
            roster.append(athlete)
        }
    }
}
