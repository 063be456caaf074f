import Wire

/// What two sensors' ids and words say about whether they are one device with two radios. A hint: device
/// numbers of 16 bits meet by chance in a club, names are free text, so beats have the last word wherever
/// both sensors tell beats.
///
/// - Source: the project's protocol reference, section 5: the rules, how often they were seen to hold, and
///   their traps (the upper half FFFF of a serial, the upper four bits 0 of a number: not known).
public enum StrapHint: Int, Hashable, Comparable, Sendable {
    case none
    /// 16 bits agree.
    case partial
    /// 20 bits or more agree.
    case full

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }

    /// Bits that beats must prove beside the hint; why 42, see ``BeatComparison``. A number of 16 bits that
    /// agrees is itself worth 16, of which 6 are held back because numbers are dealt in rows; a whole serial
    /// saves 20 and not more, because some are cloned.
    public var bitsNeeded: Float {
        switch self {
        case .none: 42
        case .partial: 32
        case .full: 22
        }
    }

    /// What is known of a BLE sensor beside its address.
    public struct Words: Hashable, Sendable {
        /// The name that it advertises.
        public var name: String?
        /// Characteristic 2A25.
        public var serial: String?

        public init(name: String? = nil, serial: String? = nil) {
            (self.name, self.serial) = (name, serial)
        }
    }

    /// Compares the id of an ANT+ sensor with what a BLE sensor tells.
    ///
    /// - Parameters:
    ///   - number: The device number with its upper four bits, 20 bits.
    ///   - serial: The whole serial that its pages tell; its upper half may be FFFF for not known.
    ///   - words: Of the BLE sensor.
    /// - Returns: The best hint of all rules.
    public static func of(number: UInt32, serial: UInt32?, words: Words) -> StrapHint {
        var best = StrapHint.none
        if let text = words.serial, let other = decimal(text.utf8) {
            best = max(best, compare(number: number, serial: serial, other: other))
        }
        if let name = words.name, let suffix = trailingDigits(of: name.utf8) {
            best = max(best, compare(number: number, suffix: suffix))
        }
        return best
    }

    private static func compare(number: UInt32, serial: UInt32?, other: UInt32) -> StrapHint {
        if let serial, serial >> 16 != 0xFFFF, serial >> 16 != 0 { return serial == other ? .full : .none }
        guard number & 0xFFFF == other & 0xFFFF else { return .none }
        // Upper bits of 0 may mean that there are none.
        guard number >> 16 != 0 else { return .partial }
        return number >> 16 == other >> 16 & 0xF ? .full : .none
    }

    /// `HRM-Dual:014117` is the strap with the number 1014117: the six last digits. Other makers write all
    /// digits of the 16-bit number; fewer than four say nothing.
    private static func compare(number: UInt32, suffix: (value: UInt32, digits: Int)) -> StrapHint {
        if suffix.digits == 6, suffix.value == number % 1_000_000 {
            return number >> 16 != 0 ? .full : .partial
        }
        guard suffix.digits >= 4 else { return .none }
        return suffix.value == number || suffix.value == number & 0xFFFF ? .partial : .none
    }

    /// A whole text of decimal digits, at most 32 bits.
    private static func decimal(_ text: String.UTF8View) -> UInt32? {
        guard let suffix = trailingDigits(of: text), suffix.digits == text.count else { return nil }
        return suffix.value
    }

    private static func trailingDigits(of text: String.UTF8View) -> (value: UInt32, digits: Int)? {
        var (value, scale, digits): (UInt64, UInt64, Int) = (0, 1, 0)
        for byte in text.reversed() {
            guard (0x30...0x39).contains(byte), digits < 10 else { break }
            value += UInt64(byte - 0x30) * scale
            scale *= 10
            digits += 1
        }
        guard digits > 0, let value = UInt32(exactly: value) else { return nil }
        return (value, digits)
    }
}
