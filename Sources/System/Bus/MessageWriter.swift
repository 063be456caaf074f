internal import CSystemd
internal import Glibc

/// Appends values to a message that is being made.
///
/// sd-bus checks each one against the signature that stands open; after a failure the message is of no use.
///
/// - Source: sd_bus_message_append_basic(3), sd_bus_message_open_container(3).
struct MessageWriter {
    private let message: OpaquePointer

    /// The message stays the caller's.
    init(_ message: OpaquePointer) { self.message = message }

    func append(_ values: [BusValue]) throws(BusError) {
        for value in values {
            let code = append(value, depth: 0)
            guard code >= 0 else {
                throw .invalid("A value of type \(value.signature) cannot be sent: \(errorText(-code))")
            }
        }
    }

    /// Returns a negative errno value on failure.
    private func append(_ value: BusValue, depth: Int) -> Int32 {
        guard depth < BusValue.depthMaximum else { return -ELOOP }
        switch value {
        case .byte(let value): return basic("y", value)
        case .boolean(let value): return basic("b", Int32(value ? 1 : 0))
        case .int16(let value): return basic("n", value)
        case .uint16(let value): return basic("q", value)
        case .int32(let value): return basic("i", value)
        case .uint32(let value): return basic("u", value)
        case .int64(let value): return basic("x", value)
        case .uint64(let value): return basic("t", value)
        case .double(let value): return basic("d", value)
        case .string(let value): return text("s", value)
        case .path(let value): return text("o", value)
        case .signature(let value): return text("g", value)
        case .descriptor(let value): return basic("h", value.number)
        case .bytes(let bytes):
            return bytes.withUnsafeBytes {
                sd_bus_message_append_array(message, code("y"), $0.baseAddress, $0.count)
            }
        case .array(let values, let element):
            return container("a", element) {
                each(values) { append($0, depth: depth + 1) }
            }
        case .dictionary(let entries, let pair):
            return container("a", "{" + pair + "}") {
                each(entries) { append($0, pair, depth: depth + 1) }
            }
        case .structure(let members):
            // Which the specification forbids and sd-bus lets through; the bus would hang up.
            if members.isEmpty { return -EINVAL }
            return container("r", members.map(\.signature).joined()) {
                each(members) { append($0, depth: depth + 1) }
            }
        case .variant(let value):
            return container("v", value.signature) { append(value, depth: depth + 1) }
        }
    }

    private func append(_ entry: BusValue.Entry, _ pair: String, depth: Int) -> Int32 {
        container("e", pair) {
            let code = append(entry.key, depth: depth)
            return code < 0 ? code : append(entry.value, depth: depth)
        }
    }

    /// Up to the first failure, which it returns.
    private func each<Element>(_ elements: [Element], _ body: (Element) -> Int32) -> Int32 {
        for element in elements {
            let code = body(element)
            if code < 0 { return code }
        }
        return 0
    }

    private func container(_ type: Unicode.Scalar, _ contents: String, _ body: () -> Int32) -> Int32 {
        let opened = sd_bus_message_open_container(message, code(type), contents)
        guard opened >= 0 else { return opened }
        let filled = body()
        return filled < 0 ? filled : sd_bus_message_close_container(message)
    }

    private func basic<Number: BitwiseCopyable>(_ type: Unicode.Scalar, _ number: Number) -> Int32 {
        withUnsafePointer(to: number) { sd_bus_message_append_basic(message, code(type), $0) }
    }

    private func text(_ type: Unicode.Scalar, _ text: String) -> Int32 {
        // C would take the text for its part before the NUL.
        guard !text.utf8.contains(0) else { return -EINVAL }
        return text.withCString { sd_bus_message_append_basic(message, code(type), $0) }
    }

    private func code(_ type: Unicode.Scalar) -> CChar { CChar(UInt8(ascii: type)) }
}
