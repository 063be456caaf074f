import ANTHost
public import Wire

extension Engine {
    /// Takes in one bulk transfer of an ANT stick: the frames in it, whole or in part, as the stick sends
    /// them.
    public mutating func take(transfer bytes: Payload, from source: SourceIndex, at time: Instant) {
        let slot = Int(source.rawValue)
        while parsers.count <= slot { parsers.append(FrameParser()) }
        var parser = parsers[slot]
        bytes.withBytes { bytes in
            parser.receive(bytes) { message in
                guard let frame = Broadcast(message)?.frame(at: time, source: source) else { return }
                take(frame)
            }
        }
        parsers[slot] = parser
    }
    /// What a transfer of `source` left unfinished will not be finished: a capture goes on with decoded
    /// frames only where its stick's parser was empty.
    public mutating func endTransfers(of source: SourceIndex) {
        let slot = Int(source.rawValue)
        if slot < parsers.count { parsers[slot].reset() }
    }
}
