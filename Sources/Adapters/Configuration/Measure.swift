internal import Wire

/// Numbers with a unit, as the configuration writes them: `500ms`, `4GiB`, `200/s`.
enum Measure {
    static let durations: [(unit: String, scale: Int64)] = [
        ("ms", .millisecond), ("s", .second), ("min", .minute), ("h", .hour), ("d", 24 * .hour),
    ]

    /// Decimal and binary multiples of a byte.
    static let sizes: [(unit: String, scale: Int64)] = [
        ("B", 1), ("kB", 1_000), ("KiB", 1 << 10), ("MB", 1_000_000), ("MiB", 1 << 20),
        ("GB", 1_000_000_000), ("GiB", 1 << 30), ("TB", 1_000_000_000_000), ("TiB", 1 << 40),
    ]

    static let rates: [(unit: String, scale: Int64)] = [("/s", 1)]

    /// Reads a whole number and a unit, or returns `nil`; so do numbers beyond 63 bits.
    static func value(_ text: String, units: [(unit: String, scale: Int64)]) -> Int64? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let number = Int64(Substring(digits)) else { return nil }
        let rest = text[digits.endIndex...].drop { $0 == " " }
        guard let scale = units.first(where: { $0.unit == rest })?.scale else { return nil }
        let (value, isTooLarge) = number.multipliedReportingOverflow(by: scale)
        return isTooLarge ? nil : value
    }

    /// `value` in the largest unit that leaves a whole number.
    static func text(_ value: Int64, units: [(unit: String, scale: Int64)]) -> String {
        // Two steps: Swift 6.0.3 takes the type of last { } ?? units[0] for an optional.
        let fitting = units.last { value.isMultiple(of: $0.scale) && value != 0 }
        let (unit, scale) = fitting ?? units[0]
        return "\(value / scale)\(unit)"
    }
}
