internal import CSystemd
internal import Glibc

/// Reads the values of a received message, whatever its signature.
///
/// sd-bus checks strings, paths and lengths; what it refuses is thrown as ``BusError/unreadable(_:)``.
///
/// - Source: sd_bus_message_read_basic(3), sd_bus_message_peek_type(3).
struct MessageReader {
    private let message: OpaquePointer
    private var remaining = BusValue.countMaximum

    /// The message stays the caller's.
    init(_ message: OpaquePointer) { self.message = message }

    /// All values from the first on; another reader may have been here before.
    mutating func readAll() throws(BusError) -> [BusValue] {
        try check(sd_bus_message_rewind(message, 1))
        return try readSequence(depth: 0)
    }

    /// The rest of the message, or of the container that was entered.
    private mutating func readSequence(depth: Int) throws(BusError) -> [BusValue] {
        var values: [BusValue] = []
        while let (type, contents) = try peek() {
            values.append(try read(type, contents, depth: depth))
        }
        return values
    }

    private func peek() throws(BusError) -> (type: UInt8, contents: String)? {
        var type: CChar = 0
        var contents: UnsafePointer<CChar>?
        guard try check(sd_bus_message_peek_type(message, &type, &contents)) > 0 else { return nil }
        return (UInt8(bitPattern: type), contents.map { String(cString: $0) } ?? "")
    }

    private mutating func read(_ type: UInt8, _ contents: String, depth: Int) throws(BusError) -> BusValue {
        remaining -= 1
        guard remaining >= 0 else { throw .unreadable("more than \(BusValue.countMaximum) values") }
        guard depth < BusValue.depthMaximum else {
            throw .unreadable("nested deeper than \(BusValue.depthMaximum)")
        }
        switch type {
        case UInt8(ascii: "a") where contents == "y":
            return .bytes(try readBytes())
        case UInt8(ascii: "a") where contents.utf8.first == UInt8(ascii: "{"):
            return try readDictionary(contents, depth: depth)
        case UInt8(ascii: "a"):
            try enter(type, contents)
            let values = try readSequence(depth: depth + 1)
            try check(sd_bus_message_exit_container(message))
            return .array(values, of: contents)
        case UInt8(ascii: "r"):
            try enter(type, contents)
            let values = try readSequence(depth: depth + 1)
            try check(sd_bus_message_exit_container(message))
            return .structure(values)
        case UInt8(ascii: "v"):
            try enter(type, contents)
            guard let value = try readSequence(depth: depth + 1).first else {
                throw .unreadable("a variant without a value")
            }
            try check(sd_bus_message_exit_container(message))
            return .variant(value)
        default:
            return try readBasic(type)
        }
    }

    private mutating func readDictionary(_ contents: String, depth: Int) throws(BusError) -> BusValue {
        let entry = String(contents.dropFirst().dropLast())
        var entries: [BusValue.Entry] = []
        try enter(UInt8(ascii: "a"), contents)
        while try peek() != nil {
            try enter(UInt8(ascii: "e"), entry)
            let pair = try readSequence(depth: depth + 1)
            try check(sd_bus_message_exit_container(message))
            guard pair.count == 2 else { throw .unreadable("an entry that is no pair") }
            entries.append(.init(pair[0], pair[1]))
        }
        try check(sd_bus_message_exit_container(message))
        return .dictionary(entries, of: entry)
    }

    private func readBytes() throws(BusError) -> [UInt8] {
        var start: UnsafeRawPointer?
        var count = 0
        try check(sd_bus_message_read_array(message, CChar(UInt8(ascii: "y")), &start, &count))
        return Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    private func readBasic(_ type: UInt8) throws(BusError) -> BusValue {
        switch type {
        case UInt8(ascii: "y"): return .byte(try number(type, 0))
        case UInt8(ascii: "b"):
            let truth: Int32 = try number(type, 0)
            return .boolean(truth != 0)
        case UInt8(ascii: "n"): return .int16(try number(type, 0))
        case UInt8(ascii: "q"): return .uint16(try number(type, 0))
        case UInt8(ascii: "i"): return .int32(try number(type, 0))
        case UInt8(ascii: "u"): return .uint32(try number(type, 0))
        case UInt8(ascii: "x"): return .int64(try number(type, 0))
        case UInt8(ascii: "t"): return .uint64(try number(type, 0))
        case UInt8(ascii: "d"): return .double(try number(type, 0))
        case UInt8(ascii: "s"): return .string(try text(type))
        case UInt8(ascii: "o"): return .path(try text(type))
        case UInt8(ascii: "g"): return .signature(try text(type))
        case UInt8(ascii: "h"):
            // The message closes its own descriptors when it goes.
            guard let copy = BusDescriptor(duplicating: try number(type, -1)) else {
                throw .unreadable("no descriptor is free: \(errorText(errno))")
            }
            return .descriptor(copy)
        default:
            throw .unreadable("type \(type)")
        }
    }

    private func number<Number: BitwiseCopyable>(
        _ type: UInt8,
        _ zero: Number
    ) throws(BusError) -> Number {
        var number = zero
        try check(
            withUnsafeMutablePointer(to: &number) {
                sd_bus_message_read_basic(message, CChar(type), $0)
            }
        )
        return number
    }

    private func text(_ type: UInt8) throws(BusError) -> String {
        var text: UnsafePointer<CChar>?
        try check(
            withUnsafeMutablePointer(to: &text) { sd_bus_message_read_basic(message, CChar(type), $0) }
        )
        return text.map { String(cString: $0) } ?? ""
    }

    private func enter(_ type: UInt8, _ contents: String) throws(BusError) {
        try check(sd_bus_message_enter_container(message, CChar(type), contents))
    }

    @discardableResult
    private func check(_ code: Int32) throws(BusError) -> Int32 {
        if code < 0 { throw .unreadable(errorText(-code)) }
        return code
    }
}

/// The system's words for an errno value.
func errorText(_ number: Int32) -> String { String(cString: strerror(number)) }
