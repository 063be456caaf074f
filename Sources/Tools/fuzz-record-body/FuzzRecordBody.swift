import Fuzzing
import Messages
import Wire

/// Feeds arbitrary bytes to the reader of packed rows; what it accepts is packed, and must then read back to
/// the same bytes. The first eight bytes are the message's time.
@main enum FuzzRecordBody {
    static func main() {
        Fuzzer.run { start, count in
            let bytes = UnsafeBufferPointer(start: start, count: count)
            let nanoseconds = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let time = Instant(nanoseconds: Int64(bitPattern: nanoseconds))
            guard let blocks = try? RecordBody.unpack(Array(bytes.dropFirst(8)), time: time) else { return 0 }
            let body = RecordBody.pack(blocks, time: time)
            guard let again = try? RecordBody.unpack(body, time: time) else {
                preconditionFailure("What was packed cannot be read.")
            }
            precondition(RecordBody.pack(again, time: time) == body, "What was packed reads differently.")
            return 0
        }
    }
}
