internal import Compression
internal import JSON
internal import Messages
internal import Wire

/// Reads a capture line by line. Memory is flat and lines of frames allocate nothing.
///
///     var reader = try CaptureReader(path: path)
///     while let (line, event) = try reader.next() { … }
///
/// Lines that cannot be read are counted, named and skipped; strict reading stops there. Logs of USB
/// traffic are read too, as transfers under a header that says so; content decides, not the name.
public struct CaptureReader: ~Copyable {
    private enum Format {
        case capture
        case usbLines
        case monitorText
    }

    private typealias Start = (format: Format, header: CaptureHeader, first: CaptureEvent?)

    public let header: CaptureHeader
    /// The sources of the header, then those that only lines name, such as `api`.
    public private(set) var sources: SourceTable
    public private(set) var skipped = SkippedLines()

    private var lines: LineReader
    private let format: Format
    private let isStrict: Bool
    private var monitor = USBMonitorText()
    /// A first line that is an event already.
    private var first: CaptureEvent?
    /// What is left of a transfer that is longer than a payload.
    private var rest: ArraySlice<UInt8> = []
    private var restOf: Transfer?

    /// Opens a capture and reads its header.
    ///
    /// - Parameters:
    ///   - path: The file; `.zst` and `.gz` are unpacked.
    ///   - isStrict: Whether the first unreadable line ends the reading.
    /// - Throws: ``CaptureError`` when there is no file, or it begins like nothing that is known.
    public init(path: String, isStrict: Bool = false) throws(CaptureError) {
        var lines = try Self.open(path)
        let start = try Self.start(&lines)
        self.init(lines, start, isStrict: isStrict)
    }

    /// Apart from what throws, because Swift 6.0.3 cannot take back a noncopyable value that is half set.
    private init(_ lines: consuming LineReader, _ start: Start, isStrict: Bool) {
        self.lines = lines
        (format, header, first) = start
        sources = start.header.sources
        self.isStrict = isStrict
    }

    private static func open(_ path: String) throws(CaptureError) -> LineReader {
        do throws(CompressionError) {
            return try LineReader(path: path)
        } catch {
            throw .stream(error)
        }
    }

    /// Reads up to the first line that is not blank, and tells from it what the file is.
    private static func start(
        _ lines: inout LineReader
    ) throws(CaptureError) -> Start {
        while true {
            let line = try nextLine(&lines)
            guard case .bytes(let bytes) = line else {
                let reason = line == nil ? "empty" : "its first line is too long"
                throw .unknownFormat(path: lines.path, reason: reason)
            }
            if isBlank(bytes) { continue }
            if USBMonitorText.beginsBlock(bytes) {
                let note = "text of a USB monitor; times from its first transfer"
                return (.monitorText, USBLog.header(note: note), nil)
            }
            if let transfer = try? USBLog.transfer(bytes) {
                let note = "log of USB transfers; times as logged"
                return (.usbLines, USBLog.header(note: note), .transfer(transfer))
            }
            do throws(LineFault) {
                return (.capture, try HeaderLine.header(bytes), nil)
            } catch {
                throw .unknownFormat(path: lines.path, reason: "header: \(error.reason)")
            }
        }
    }

    private static func nextLine(_ lines: inout LineReader) throws(CaptureError) -> LineReader.Line? {
        do throws(CompressionError) {
            return try lines.next()
        } catch {
            throw .stream(error)
        }
    }

    private static func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
        line.allSatisfy { $0 == 0x20 || $0 == 0x0D }
    }

    public var path: String { lines.path }

    /// The next event with the number of its line; `nil` at the end.
    public mutating func next() throws(CaptureError) -> (line: Int, event: CaptureEvent)? {
        if let event = first {
            first = nil
            return (lines.number, event)
        }
        if var transfer = restOf {
            let part = rest.prefix(Payload.capacity)
            rest = rest.dropFirst(part.count)
            restOf = rest.isEmpty ? nil : transfer
            transfer.payload = Payload(part) ?? Payload()
            return (lines.number, .transfer(transfer))
        }
        while true {
            let line = try Self.nextLine(&lines)
            if format == .monitorText { try checkBlock(before: line) }
            do throws(LineFault) {
                switch line {
                case nil: return nil
                case .tooLong: throw .other("longer than \(LineReader.lineByteCountMaximum) bytes")
                case .bytes(let bytes):
                    if let event = try event(bytes) {
                        return (format == .monitorText ? monitor.line : lines.number, event)
                    }
                }
            } catch {
                try skip(error)
            }
        }
    }

    private mutating func event(_ bytes: UnsafeRawBufferPointer) throws(LineFault) -> CaptureEvent? {
        switch format {
        case .monitorText: return try monitor.add(bytes, number: lines.number).map { .transfer($0) }
        case .usbLines: return Self.isBlank(bytes) ? nil : .transfer(try USBLog.transfer(bytes))
        case .capture:
            if Self.isBlank(bytes) { return nil }
            let (event, more) = try CaptureLine.read(bytes, &sources)
            if case .transfer(let transfer) = event, !more.isEmpty { (rest, restOf) = (more[...], transfer) }
            return event
        }
    }

    private mutating func checkBlock(before line: LineReader.Line?) throws(CaptureError) {
        if case .bytes(let bytes) = line, !USBMonitorText.beginsBlock(bytes) { return }
        if let fault = monitor.unfinished() { try skip(fault) }
    }

    private mutating func skip(_ fault: LineFault) throws(CaptureError) {
        let number = format == .monitorText ? monitor.line : lines.number
        guard !isStrict else {
            throw .unreadableLine(path: path, line: number, reason: fault.reason)
        }
        skipped.add(number, fault.reason)
    }
}
