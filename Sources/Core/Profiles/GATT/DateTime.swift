import Wire

/// Date Time of the GATT Specification Supplement: year u16, then month, day, hour, minute, second, u8 each.
struct DateTime: Hashable, Sendable {
    static let byteCount = 7

    private let year: UInt16
    private let month, day, hour, minute, second: UInt8

    /// Reads the seven bytes, or returns `nil`, having read some, when they are not all there.
    init?(_ reader: inout ByteReader) {
        guard let year = reader.uint16(), let month = reader.uint8(), let day = reader.uint8(),
            let hour = reader.uint8(), let minute = reader.uint8(), let second = reader.uint8()
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// As in ISO 8601, without a zone; `nil` when the year, the month or the day is 0, which means not known.
    var text: String? {
        guard year > 0, month > 0, day > 0 else { return nil }
        let date = [Self.padded(year, to: 4), Self.padded(month, to: 2), Self.padded(day, to: 2)]
        let time = [hour, minute, second].map { Self.padded($0, to: 2) }
        return date.joined(separator: "-") + "T" + time.joined(separator: ":")
    }

    private static func padded(_ value: some UnsignedInteger, to digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
