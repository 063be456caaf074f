/// UTC as text: RFC 3339 with milliseconds, `2026-11-21T11:00:01.000Z`.
///
/// Calendar arithmetic on the proleptic Gregorian calendar, days counted from 1 March so that the leap day
/// is the last of its year.
///
/// - Source: RFC 3339, section 5.6; H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
public enum Timestamp {
    /// Nanoseconds since 1970-01-01T00:00:00Z as text, rounded to the nearest millisecond.
    ///
    /// Years outside 0...9999 do not fit the form and are clamped to its ends.
    public static func text(_ utc: Nanoseconds) -> String {
        var text: [UInt8] = []
        write(utc, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the 24 characters of `utc` to `text`.
    public static func write(_ utc: Nanoseconds, to text: inout [UInt8]) {
        let (rounded, overflow) = utc.addingReportingOverflow(.millisecond / 2)
        let whole = floorDivide(overflow ? utc : rounded, .millisecond)
        let milliseconds = min(max(whole, earliest), latest)
        let days = floorDivide(milliseconds, 86_400_000)
        let inDay = milliseconds - days * 86_400_000
        let (year, month, day) = date(daysSince1970: days)
        append(year, digits: 4, to: &text)
        text.append(UInt8(ascii: "-"))
        append(month, digits: 2, to: &text)
        text.append(UInt8(ascii: "-"))
        append(day, digits: 2, to: &text)
        text.append(UInt8(ascii: "T"))
        append(inDay / 3_600_000, digits: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(inDay / 60_000 % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(inDay / 1_000 % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: "."))
        append(inDay % 1_000, digits: 3, to: &text)
        text.append(UInt8(ascii: "Z"))
    }

    /// Reads RFC 3339 with any fraction and any offset; no offset means UTC. `nil` when it is none.
    public static func parse(_ text: some Collection<UInt8>) -> Nanoseconds? {
        var rest = ArraySlice(text)
        guard let year = number(&rest, digits: 4), skip("-", &rest),
            let month = number(&rest, digits: 2), (1...12).contains(month), skip("-", &rest),
            let day = number(&rest, digits: 2), (1...31).contains(day), skip("T", &rest) || skip("t", &rest),
            let hour = number(&rest, digits: 2), hour < 24, skip(":", &rest),
            let minute = number(&rest, digits: 2), minute < 60, skip(":", &rest),
            let second = number(&rest, digits: 2), second <= 60
        else { return nil }

        var fraction: Nanoseconds = 0
        if skip(".", &rest) {
            var scale: Nanoseconds = .second
            guard let first = rest.first, isDigit(first) else { return nil }
            while let digit = rest.first, isDigit(digit) {
                scale /= 10
                fraction += Nanoseconds(digit - UInt8(ascii: "0")) * scale
                rest = rest.dropFirst()
            }
        }
        guard let offset = parseOffset(&rest), rest.isEmpty else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        guard date(daysSince1970: days) == (year, month, day) else { return nil }
        let (wide, overflow) = (days * 86_400 + hour * 3_600 + minute * 60 + second - offset)
            .multipliedReportingOverflow(by: .second)
        return overflow ? nil : wide + fraction
    }

    private static let earliest: Int64 = -62_167_219_200_000  // 0000-01-01T00:00:00.000Z
    private static let latest: Int64 = 253_402_300_799_999  // 9999-12-31T23:59:59.999Z

    /// Seconds east of UTC.
    private static func parseOffset(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        if rest.isEmpty || skip("Z", &rest) || skip("z", &rest) { return 0 }
        let isEast = skip("+", &rest)
        guard isEast || skip("-", &rest), let hours = number(&rest, digits: 2), hours < 24,
            skip(":", &rest), let minutes = number(&rest, digits: 2), minutes < 60
        else { return nil }
        return (isEast ? 1 : -1) * (hours * 3_600 + minutes * 60)
    }

    private static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func append(_ value: Int64, digits: Int, to text: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, digits: Int) -> Int64? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy(isDigit) else { return nil }
        rest = rest.dropFirst(digits)
        return text.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func skip(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }
}
