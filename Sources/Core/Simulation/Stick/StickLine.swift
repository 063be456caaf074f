/// How a stick and a host talk, as the emulated stick understands it.
///
///     A4     length   id   data[length]   checksum
///
/// The checksum makes the exclusive or of the whole frame zero. Written apart from what the gateway reads
/// with, so that the two cannot share a mistake.
///
/// - Source: ANT Message Protocol and Usage, D00000652; checked against a log of a real stick.
enum StickLine {
    static let sync: UInt8 = 0xA4
    /// The longest data that the stick takes; a longer announcement is noise.
    static let dataLimit = 32

    static func frame(_ id: UInt8, _ data: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [sync, UInt8(truncatingIfNeeded: data.count), id]
        frame += data
        var sum: UInt8 = 0
        for byte in frame { sum ^= byte }
        frame.append(sum)
        return frame
    }

    /// What the host has written and the stick not yet understood.
    struct Reader: Hashable, Sendable {
        private var pending: [UInt8] = []
        /// Bytes that were neither part of a frame nor padding.
        private(set) var skipped: Int

        init(skipped: Int = 0) { self.skipped = skipped }

        mutating func append(_ bytes: [UInt8]) { pending += bytes }

        /// The next whole command.
        mutating func next() -> (id: UInt8, data: [UInt8])? {
            var start = 0
            defer { pending.removeFirst(start) }
            while start < pending.count {
                guard pending[start] == sync else {
                    if pending[start] != 0 { skipped += 1 }
                    start += 1
                    continue
                }
                guard pending.count - start >= 2 else { return nil }
                let length = Int(pending[start + 1])
                guard length <= dataLimit else {
                    (skipped, start) = (skipped + 1, start + 1)
                    continue
                }
                let end = start + length + 4
                guard end <= pending.count else { return nil }
                guard pending[start..<end].reduce(0, ^) == 0 else {
                    (skipped, start) = (skipped + 1, start + 1)
                    continue
                }
                let (id, data) = (pending[start + 2], Array(pending[(start + 3)..<(end - 1)]))
                start = end
                return (id, data)
            }
            return nil
        }
    }
}
