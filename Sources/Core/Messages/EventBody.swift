public import JSON

/// Something that happened, in its packed form, the body of an `event` message.
///
///     u8 version, text type, then the members that follow `type`, as JSON without braces
public enum EventBody {
    static let version: UInt8 = 1

    /// Packs an event of `type`, such as `stream.new`; `members` writes what follows it.
    public static func pack(type: String, _ members: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        members(&json)
        json.endObject()
        var writer = PackedWriter()
        writer.byte(version)
        writer.text(type)
        return writer.bytes + json.bytes.dropFirst().dropLast()
    }

    static func unpack(
        _ body: [UInt8]
    ) throws(BodyFailure) -> (type: String, members: ArraySlice<UInt8>) {
        var reader = PackedReader(body)
        let found = try reader.byte()
        guard found == version else { throw .unknownVersion(found) }
        let type = try reader.text()
        return (type, reader.rest())
    }
}
