/// A 128-bit identifier in RFC 9562 text form: streams (UUIDv4), sessions (UUIDv7).
public struct UUID: Hashable, Comparable, Sendable {
    public let high, low: UInt64

    public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// A random identifier (version 4) from 128 random bits.
    public static func random(using generator: inout some RandomNumberGenerator) -> UUID {
        UUID(
            high: generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
            low: generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        )
    }

    /// A time-ordered identifier (version 7) of `milliseconds` since 1970 and 74 random bits.
    public static func ordered(
        milliseconds: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> UUID {
        UUID(
            high: milliseconds << 16 | 0x7000 | generator.next() & 0x0FFF,
            low: generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        )
    }

    /// Reads `8-4-4-4-12` hex digits in any case, or returns `nil`.
    public init?(_ text: some StringProtocol) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = groups.joined()
        guard digits.utf8.allSatisfy({ Hex.value(of: $0) != nil }) else { return nil }
        guard let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { (lhs.high, lhs.low) < (rhs.high, rhs.low) }
}

extension UUID: CustomStringConvertible {
    public var description: String {
        let digits = Array(Hex.text(high, digits: 16) + Hex.text(low, digits: 16))
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        return groups.joined(separator: "-")
    }
}

/// One start of the kernel: its boot id through an application-specific hash, never the raw id.
public struct BootID: Hashable, Sendable, CustomStringConvertible {
    public let high, low: UInt64

    public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// Reads 32 hex digits, or returns `nil`.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ Hex.value(of: $0) != nil }) else { return nil }
        guard let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    public var description: String { Hex.text(high, digits: 16) + Hex.text(low, digits: 16) }
}
