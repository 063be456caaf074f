internal import JSON
internal import Messages
internal import Wire

/// Why one line is no event.
enum LineFault: Error {
    case json(JSONScanError)
    /// A member that the line needs is not there.
    case missing(String)
    /// A member whose value is not what it must be.
    case wrong(String)
    case other(String)

    var reason: String {
        switch self {
        case .json(let error): error.description
        case .missing(let member): "\(member) is missing"
        case .wrong(let member): "\(member) cannot be read"
        case .other(let reason): reason
        }
    }
}

/// What the members of one line said, before they are put together. Strings are ranges of the line.
struct CaptureLine {
    var time: Int64?
    var source: Range<Int>?
    var sensor: JSONScanner.Text?
    var hex: Range<Int>?
    var characteristic: Range<Int>?
    var isAdvertisement = false
    var rssi: Int64?
    var gain: Int64?
    var receiveStamp: Int64?
    var usb: Transfer.Direction?
    var json: Range<Int>?
    var control: JSONScanner.Text?
    var sessionID: JSONScanner.Text?
    var label: JSONScanner.Text?
    var athlete: JSONScanner.Text?
    var from: Int64?
    var to: Int64?
    var realtime: JSONScanner.Text?
    var errorMicroseconds: Int64?
    var anchor: JSONScanner.Text?

    /// Reads the members of a line. Unknown ones are stepped over; of two with one name the last counts.
    init(_ scanner: inout JSONScanner) throws(LineFault) {
        do throws(JSONScanError) {
            try scanner.beginObject()
            while let key = try scanner.nextKey() { try member(key, &scanner) }
            try scanner.end()
        } catch {
            throw .json(error)
        }
    }

    private mutating func member(
        _ key: JSONScanner.Text,
        _ scanner: inout JSONScanner
    ) throws(JSONScanError) {
        if scanner.matches(key, "t") {
            time = try scanner.integer()
        } else if scanner.matches(key, "source") {
            source = try scanner.string().range
        } else if scanner.matches(key, "sensor") {
            sensor = try scanner.string()
        } else if scanner.matches(key, "hex") {
            hex = try scanner.string().range
        } else if scanner.matches(key, "rssi") {
            rssi = try scanner.integer()
        } else if scanner.matches(key, "rx") {
            receiveStamp = try scanner.integer()
        } else if scanner.matches(key, "agc") {
            gain = try scanner.integer()
        } else if scanner.matches(key, "characteristic") {
            characteristic = try scanner.string().range
        } else if scanner.matches(key, "advertisement") {
            isAdvertisement = try scanner.flag()
        } else if scanner.matches(key, "usb") {
            let direction = try scanner.string()
            usb =
                scanner.matches(direction, "rx") ? .received : scanner.matches(direction, "tx") ? .sent : nil
            if usb == nil { throw JSONScanError(.type, at: direction.range.lowerBound) }
        } else if scanner.matches(key, "json") {
            json = try scanner.skip()
        } else {
            try controlMember(key, &scanner)
        }
    }

    private mutating func controlMember(
        _ key: JSONScanner.Text,
        _ scanner: inout JSONScanner
    ) throws(JSONScanError) {
        if try scanner.null() { return }
        if scanner.matches(key, "control") {
            control = try scanner.string()
        } else if scanner.matches(key, "session_id") {
            sessionID = try scanner.string()
        } else if scanner.matches(key, "label") {
            label = try scanner.string()
        } else if scanner.matches(key, "athlete_id") {
            athlete = try scanner.string()
        } else if scanner.matches(key, "from") {
            from = try scanner.integer()
        } else if scanner.matches(key, "to") {
            to = try scanner.integer()
        } else if scanner.matches(key, "realtime") {
            realtime = try scanner.string()
        } else if scanner.matches(key, "error_ms") {
            errorMicroseconds = try scanner.fixed(decimals: 3)
        } else if scanner.matches(key, "anchor") {
            anchor = try scanner.string()
        } else {
            try scanner.skip()
        }
    }
}

extension CaptureLine {
    /// Reads a whole line.
    ///
    /// - Returns: The event, and the bytes of a transfer that are more than a payload holds.
    /// - Throws: ``LineFault``; `sources` is unchanged then.
    static func read(
        _ bytes: UnsafeRawBufferPointer,
        _ sources: inout SourceTable
    ) throws(LineFault) -> (event: CaptureEvent, more: [UInt8]) {
        var scanner = JSONScanner(bytes)
        let line = try CaptureLine(&scanner)
        var more: [UInt8] = []
        if line.control == nil, line.usb != nil, let hex = line.hex, hex.count > 2 * Payload.capacity {
            guard let rest = Hex.bytes(scanner.slice(hex.dropFirst(2 * Payload.capacity))) else {
                throw .wrong("hex")
            }
            more = rest
        }
        return (try line.event(scanner, &sources), more)
    }

    /// Puts the event together.
    ///
    /// - Parameters:
    ///   - scanner: The scanner that read the line.
    ///   - sources: Gets the line's source when it is new.
    /// - Returns: The event. A transfer carries as much of its bytes as a payload holds.
    /// - Throws: ``LineFault``; `sources` is unchanged then.
    func event(_ scanner: JSONScanner, _ sources: inout SourceTable) throws(LineFault) -> CaptureEvent {
        guard let time else { throw .missing("t") }
        let instant = Instant(nanoseconds: time)
        if let control { return .control(try self.control(control, scanner), at: instant) }
        guard let source else { throw .missing("source") }

        let name = scanner.slice(source)
        if let usb {
            guard let hex else { throw .missing("hex") }
            let part = hex.prefix(2 * Payload.capacity)
            guard hex.count.isMultiple(of: 2), let payload = LineText.payload(scanner.slice(part)) else {
                throw .wrong("hex")
            }
            let index = try Self.index(of: name, &sources)
            return .transfer(Transfer(time: instant, source: index, direction: usb, payload: payload))
        }
        guard let sensor else { throw .missing("sensor") }
        if let json {
            guard scanner.slice(json).first == UInt8(ascii: "{") else { throw .wrong("json") }
            let text = try Self.text(sensor, scanner)
            let index = try Self.index(of: name, &sources)
            return .reading(
                APIReading(time: instant, source: index, sensor: text, json: Array(scanner.slice(json)))
            )
        }
        return .frame(try frame(at: instant, sensor, name, scanner, &sources))
    }

    private func frame(
        at time: Instant,
        _ sensor: JSONScanner.Text,
        _ name: UnsafeRawBufferPointer,
        _ scanner: JSONScanner,
        _ sources: inout SourceTable
    ) throws(LineFault) -> Frame {
        guard let id = LineText.sensor(scanner.slice(sensor.range)) else { throw .wrong("sensor") }
        guard let hex else { throw .missing("hex") }
        guard let payload = LineText.payload(scanner.slice(hex)) else { throw .wrong("hex") }
        var channel = Channel.antPage
        if isAdvertisement {
            channel = .advertisement
        } else if let characteristic {
            guard let uuid = LineText.attribute(scanner.slice(characteristic)) else {
                throw .wrong("characteristic")
            }
            channel = .characteristic(uuid)
        } else if case .ble = id.kind {
            throw .missing("characteristic or advertisement")
        }
        var strength: SignalStrength?
        if let rssi {
            guard let dBm = Int8(exactly: rssi) else { throw .wrong("rssi") }
            strength = .dBm(dBm)
        } else if let gain {
            guard let register = UInt16(exactly: gain) else { throw .wrong("agc") }
            strength = .gain(register)
        }
        var stamp: UInt16?
        if let receiveStamp {
            stamp = UInt16(exactly: receiveStamp)
            guard stamp != nil else { throw .wrong("rx") }
        }
        return Frame(
            time: time,
            source: try Self.index(of: name, &sources),
            sensor: id,
            channel: channel,
            strength: strength,
            receiveStamp: stamp,
            payload: payload
        )
    }

    private func control(
        _ name: JSONScanner.Text,
        _ scanner: JSONScanner
    ) throws(LineFault) -> Control {
        var session: UUID?
        if let sessionID {
            session = UUID(try Self.text(sessionID, scanner))
            guard session != nil else { throw .wrong("session_id") }
        }
        switch try Self.text(name, scanner) {
        case "session/start": return .sessionStart(session)
        case "session/mark":
            let words = try label.map { text throws(LineFault) in try Self.text(text, scanner) }
            return .sessionMark(session, label: words)
        case "session/stop": return .sessionStop(session)
        case "assign":
            guard let sensor else { throw .missing("sensor") }
            return .assign(
                sensor: try Self.text(sensor, scanner),
                athlete: try athlete.map { text throws(LineFault) in try Self.text(text, scanner) },
                from: from.map { Instant(nanoseconds: $0) },
                to: to.map { Instant(nanoseconds: $0) }
            )
        case "clock":
            guard let realtime else { throw .missing("realtime") }
            guard let utc = Timestamp.parse(try Self.text(realtime, scanner).utf8) else {
                throw .wrong("realtime")
            }
            let word = try anchor.map { text throws(LineFault) in try Self.text(text, scanner) } ?? "operator"
            guard let source = Anchor.Source.named.first(where: { $0.name == word }) else {
                throw .wrong("anchor")
            }
            let bound = errorMicroseconds?.multipliedReportingOverflow(by: .microsecond)
            guard bound?.overflow != true else { throw .wrong("error_ms") }
            return .clock(utc: utc, error: bound?.partialValue, source: source)
        case let unknown: throw .other("unknown control \(unknown)")
        }
    }

    private static func text(
        _ text: JSONScanner.Text,
        _ scanner: JSONScanner
    ) throws(LineFault) -> String {
        do throws(JSONScanError) {
            return try scanner.text(text)
        } catch {
            throw .json(error)
        }
    }

    /// The index of a source, which is added when it is new.
    private static func index(
        of name: UnsafeRawBufferPointer,
        _ sources: inout SourceTable
    ) throws(LineFault) -> SourceIndex {
        if let index = sources.index(ofBytes: name) { return index }
        guard !name.isEmpty else { throw .wrong("source") }
        let source = SourceTable.Source(name: String(decoding: name, as: UTF8.self))
        guard let index = sources.add(source) else {
            throw .other("more than \(SourceTable.countMaximum) sources")
        }
        return index
    }
}
