internal import Compression
internal import JSON
internal import Messages
internal import Wire

/// Writes a capture: the header, then one event a line, members in the order that the contract shows.
///
/// The same events give the same bytes. Call ``close()`` at the end.
public struct CaptureWriter: ~Copyable {
    /// Lines are handed on in pieces of about this size.
    private static let pieceByteCount = 64 << 10

    private var output: CompressedWriter
    private var json = JSONWriter()
    private let sources: SourceTable

    /// Creates the file, packed as its name says, and writes the header.
    public init(path: String, header: CaptureHeader) throws(CaptureError) {
        self.init(try Self.create(path), header)
    }

    /// Apart from what throws, because Swift 6.0.3 cannot take back a noncopyable value that is half set.
    private init(_ output: consuming CompressedWriter, _ header: CaptureHeader) {
        self.output = output
        sources = header.sources
        json.write(header)
    }

    private static func create(_ path: String) throws(CaptureError) -> CompressedWriter {
        do throws(CompressionError) {
            return try CompressedWriter(path: path)
        } catch {
            throw .stream(error)
        }
    }

    /// Writes one event.
    ///
    /// - Precondition: The header's table has the event's source.
    public mutating func write(_ event: CaptureEvent) throws(CaptureError) {
        json.write(event, sources)
        if json.bytes.count >= Self.pieceByteCount { try hand() }
    }

    /// Brings everything so far into the file, readable.
    public mutating func flush() throws(CaptureError) {
        try hand()
        do throws(CompressionError) {
            try output.flush()
        } catch {
            throw .stream(error)
        }
    }

    /// Completes the file. Closing twice does nothing; writing after it is a mistake that traps.
    public mutating func close() throws(CaptureError) {
        try hand()
        do throws(CompressionError) {
            try output.close()
        } catch {
            throw .stream(error)
        }
    }

    private mutating func hand() throws(CaptureError) {
        guard !json.bytes.isEmpty else { return }
        let result = json.bytes.withUnsafeBytes { bytes in
            Result { () throws(CompressionError) in try output.write(bytes) }
        }
        json.reset()
        if case .failure(let error) = result { throw .stream(error) }
    }
}

extension JSONWriter {
    mutating func write(_ header: CaptureHeader) {
        beginObject()
        member("capture", HeaderLine.version)
        member("gateway", header.gateway)
        member("boot", header.boot.description)
        member("t", header.time.nanoseconds)
        if let realtime = header.realtime { member("realtime", Timestamp.text(realtime)) }
        member("clock", header.clock.rawValue)
        object("sources") { json in
            for source in header.sources.sources {
                json.object(source.name) { json in
                    if let serial = source.serial { json.member("serial", serial) }
                    if let address = source.address { json.member("address", address) }
                }
            }
        }
        if !header.roster.isEmpty {
            array("roster") { json in
                for athlete in header.roster {
                    json.beginObject()
                    json.member("athlete_id", athlete.id)
                    json.array("sensors") { json in
                        for sensor in athlete.sensors { json.string(sensor) }
                    }
                    if let rate = athlete.maxHeartRate { json.member("max_heart_rate", rate) }
                    json.endObject()
                }
            }
        }
        if !header.settings.isEmpty {
            object("settings") { json in
                for (sensor, settings) in header.settings.sorted(by: { $0.key < $1.key }) {
                    json.object(sensor.description) { $0.write(settings) }
                }
            }
        }
        if let note = header.note { member("note", note) }
        endObject()
        endLine()
    }

    private mutating func write(_ settings: SensorSettings) {
        if let metres = settings.wheelCircumference {
            member("wheel_circumference", metres, decimals: SensorSettings.decimals)
        }
        if let factor = settings.calibration {
            member("calibration", factor, decimals: SensorSettings.decimals)
        }
        if let side = settings.side { member("side", side.rawValue) }
    }

    mutating func write(_ event: CaptureEvent, _ sources: SourceTable) {
        beginObject()
        member("t", event.time.nanoseconds)
        switch event {
        case .frame(let frame):
            write(frame.source, sources)
            write(frame)
        case .transfer(let transfer):
            write(transfer.source, sources)
            member("usb", transfer.direction.rawValue)
            hex(transfer.payload)
        case .reading(let reading):
            write(reading.source, sources)
            member("sensor", reading.sensor)
            key("json")
            raw(reading.json)
        case .control(let control, _): write(control)
        }
        endObject()
        endLine()
    }

    private mutating func write(_ source: SourceIndex, _ sources: SourceTable) {
        guard let source = sources[source] else { preconditionFailure("A source that the header lacks.") }
        member("source", source.name)
    }

    private mutating func write(_ frame: Frame) {
        member("sensor", frame.sensor.description)
        switch frame.channel {
        case .antPage: break
        case .characteristic(let uuid): member("characteristic", uuid.description)
        case .advertisement: member("advertisement", true)
        }
        switch frame.strength {
        case .dBm(let strength): member("rssi", strength)
        case .gain(let gain): member("agc", gain)
        case nil: break
        }
        if let stamp = frame.receiveStamp { member("rx", stamp) }
        hex(frame.payload)
    }

    private mutating func hex(_ payload: Payload) { member("hex", Hex.text(payload.bytes)) }

    private mutating func write(_ control: Control) {
        switch control {
        case .sessionStart(let session):
            member("control", "session/start")
            if let session { member("session_id", session.description) }
        case .sessionMark(let session, let label):
            member("control", "session/mark")
            if let session { member("session_id", session.description) }
            if let label { member("label", label) }
        case .sessionStop(let session):
            member("control", "session/stop")
            if let session { member("session_id", session.description) }
        case .assign(let sensor, let athlete, let from, let to):
            member("control", "assign")
            member("sensor", sensor)
            if let athlete { member("athlete_id", athlete) }
            if let from { member("from", from.nanoseconds) }
            if let to { member("to", to.nanoseconds) }
        case .clock(let utc, let error, let source):
            member("control", "clock")
            member("realtime", Timestamp.text(utc))
            member("anchor", source.name)
            if let error {
                key("error_ms")
                number(scaled: error / .microsecond, decimals: 3)
            }
        }
    }
}
