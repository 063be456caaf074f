import ANTHost
import Fuzzing
import Wire

/// Feeds arbitrary bytes to the parser of a stick's stream and to all that reads its messages.
///
/// Each transfer is led by a byte that holds its length (low 6 bits), so that cuts are fuzzed too.
@main enum FuzzANTStream {
    static func main() {
        Fuzzer.run { start, count in
            FuzzANTStream.parse(UnsafeBufferPointer(start: start, count: count)[...])
            return 0
        }
    }

    private static func parse(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
        var rest = bytes
        var parser = FrameParser()
        var burst = BurstAssembler()
        var (received, framed) = (0, 0)
        while let head = rest.popFirst() {
            let transfer = UnsafeRawBufferPointer(
                UnsafeBufferPointer(rebasing: rest.prefix(Int(head & 0x3F)))
            )
            rest = rest.dropFirst(transfer.count)
            received += transfer.count
            parser.receive(transfer) { message in
                framed += message.frame.count
                _ = Notice(message)
                guard let broadcast = Broadcast(message) else { return }
                _ = broadcast.frame(at: Instant(nanoseconds: 0), source: SourceIndex(0))
                if broadcast.kind == .burst { _ = burst.take(broadcast) }
            }
        }
        let lost = Int(parser.skippedBytes) + Int(parser.paddingBytes) + parser.pendingBytes
        precondition(received == framed + lost, "A byte is not accounted for.")
    }
}
