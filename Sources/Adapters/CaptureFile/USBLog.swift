internal import JSON
internal import Messages
internal import Wire

/// Logs of an ANT stick's USB traffic that other programs wrote, read as if they were captures.
enum USBLog {
    /// What such logs do not say: whose they are and when they were made.
    static func header(note: String) -> CaptureHeader {
        var sources = SourceTable()
        sources.add(SourceTable.Source(name: "ant0"))
        return CaptureHeader(
            gateway: "usb-log",
            boot: BootID(high: 0, low: 0),
            time: Instant(nanoseconds: 0),
            realtime: nil,
            clock: .unverified,
            sources: sources,
            note: note
        )
    }

    /// One line of the form `{"t": 0.000876, "dir": "rx", "hex": "a403…"}`: seconds, direction, bytes.
    static func transfer(_ line: UnsafeRawBufferPointer) throws(LineFault) -> Transfer {
        var scanner = JSONScanner(line)
        var time: Int64?
        var direction: JSONScanner.Text?
        var hex: Range<Int>?
        do throws(JSONScanError) {
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.matches(key, "t") {
                    time = try scanner.fixed(decimals: 9)
                } else if scanner.matches(key, "dir") {
                    direction = try scanner.string()
                } else if scanner.matches(key, "hex") {
                    hex = try scanner.string().range
                } else {
                    try scanner.skip()
                }
            }
            try scanner.end()
        } catch {
            throw .json(error)
        }
        guard let time else { throw .missing("t") }
        guard let direction else { throw .missing("dir") }
        guard let hex else { throw .missing("hex") }
        guard let payload = LineText.payload(scanner.slice(hex)) else { throw .wrong("hex") }
        let isReceived = scanner.matches(direction, "rx")
        guard isReceived || scanner.matches(direction, "tx") else { throw .wrong("dir") }
        return Transfer(
            time: Instant(nanoseconds: time),
            source: SourceIndex(0),
            direction: isReceived ? .received : .sent,
            payload: payload
        )
    }
}

/// The text of a USB monitor: blocks of lines, of which the bulk transfers count.
///
///     000027: Bulk or Interrupt Transfer (UP), 2017-10-05 07:39:26.1578400 +0.0008756. (1. Device) …
///     Pipe Handle: 0xbcbafa98 (Endpoint Address: 0x81)
///     Get 0x7 bytes from the device
///      A4 03 40 00 47 00 A0                              ¤.@.G.
///
/// UP is from the device. Times are local and of an unknown zone, so only their differences are used: the
/// first transfer is at 0. Rows of bytes hold at most sixteen, then two spaces and the characters.
struct USBMonitorText {
    private var current: Transfer?
    private var expectedCount: Int?
    /// The line on which the current transfer began.
    private(set) var line = 0
    private var start: Nanoseconds?

    /// Whether a line begins a block: six digits and a colon.
    static func beginsBlock(_ line: UnsafeRawBufferPointer) -> Bool {
        line.count > 8 && line[6] == UInt8(ascii: ":")
            && line[..<6].allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
    }

    /// Takes in one line.
    ///
    /// - Returns: The transfer that the line completes, if it does.
    /// - Throws: When the line cannot be read.
    mutating func add(_ bytes: UnsafeRawBufferPointer, number: Int) throws(LineFault) -> Transfer? {
        if Self.beginsBlock(bytes) {
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.dropFirst(8).hasPrefix("Bulk or Interrupt Transfer (") else { return nil }
            line = number
            (current, expectedCount) = (nil, nil)
            current = try begin(text)
            return nil
        }
        guard var transfer = current else { return nil }
        if expectedCount == nil {
            expectedCount = try Self.count(String(decoding: bytes, as: UTF8.self))
        } else if bytes.first == 0x20 {
            for column in stride(from: 1, to: min(bytes.count - 1, 48), by: 3) {
                guard let high = Hex.value(of: bytes[column]), let low = Hex.value(of: bytes[column + 1])
                else { break }
                guard transfer.payload.append(high << 4 | low) else { break }
            }
            current = transfer
        }
        guard let expectedCount, transfer.payload.count >= expectedCount else { return nil }
        current = nil
        return expectedCount == 0 ? nil : transfer
    }

    /// Gives up a transfer that has not got all its bytes when the next block or the end comes, and says so.
    mutating func unfinished() -> LineFault? {
        guard let transfer = current else { return nil }
        current = nil
        return .other("\(transfer.payload.count) of \(expectedCount ?? 0) bytes")
    }

    private mutating func begin(_ text: String) throws(LineFault) -> Transfer {
        let isReceived = text.contains("Transfer (UP)")
        let parts = text.split(separator: " ").map(String.init)
        guard let comma = parts.firstIndex(where: { $0.hasSuffix("),") }), comma + 2 < parts.count,
            let time = Timestamp.parse((parts[comma + 1] + "T" + parts[comma + 2] + "Z").utf8)
        else { throw .other("a transfer without a time") }
        let origin = start ?? time
        start = origin
        return Transfer(
            time: Instant(nanoseconds: time - origin),
            source: SourceIndex(0),
            direction: isReceived ? .received : .sent,
            payload: Payload()
        )
    }

    /// The number in `Get 0x7 bytes from the device`; `nil` on other lines.
    private static func count(_ text: String) throws(LineFault) -> Int? {
        guard text.hasPrefix("Get 0x") || text.hasPrefix("Send 0x") else { return nil }
        let digits = text.drop { $0 != "x" }.dropFirst().prefix { $0 != " " }
        guard let count = Int(digits, radix: 16), count <= Payload.capacity else {
            throw .other("more than \(Payload.capacity) bytes")
        }
        return count
    }
}
