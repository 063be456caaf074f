import Wire

/// Finds the messages in the bytes of a stick's bulk endpoint.
///
/// The endpoint is a byte stream: a frame may start in one transfer and end in another. Zero bytes between
/// frames are padding. When a checksum is wrong or a length impossible, the search goes on one byte after
/// the sync byte, never after the announced length, so that damage costs the damaged frame alone.
///
/// One in 256 checksums fits by chance. Behind damage, where the search looks at every byte, a frame
/// therefore also has to have a length that its message can have.
///
/// The buffer is of fixed size and lies in place: no byte and no frame allocates.
public struct FrameParser: Hashable, Sendable {
    /// Contiguous regions of bytes that belong to no frame.
    public private(set) var damagedRegions: UInt64 = 0
    /// Bytes of these regions.
    public private(set) var skippedBytes: UInt64 = 0
    /// Zero bytes between frames.
    public private(set) var paddingBytes: UInt64 = 0
    /// Frames found.
    public private(set) var frames: UInt64 = 0

    /// The start of a frame that has not ended, or nothing. A frame is at most 45 bytes long.
    private var buffer = SIMD64<UInt8>()
    private var count = 0
    private var isInDamage = false

    public init() {}

    /// Bytes of a frame that has not ended yet.
    public var pendingBytes: Int { count }

    /// Forgets the frame that has not ended, because the stick went away. The counters stay.
    public mutating func reset() {
        count = 0
        isInDamage = false
    }

    /// Takes in what one transfer brought and hands every message that ends in it to `body`, in order.
    public mutating func receive(_ bytes: UnsafeRawBufferPointer, _ body: (Message) -> Void) {
        for byte in bytes {
            buffer[count] = byte
            count += 1
            drain(body)
        }
    }

    /// The same for bytes in an array.
    public mutating func receive(_ bytes: [UInt8], _ body: (Message) -> Void) {
        bytes.withUnsafeBytes { receive($0, body) }
    }

    /// Handles what the buffer holds until it is empty or starts with an incomplete frame.
    private mutating func drain(_ body: (Message) -> Void) {
        while count > 0 {
            guard buffer[0] == Message.sync else {
                skipToSync()
                continue
            }
            guard count >= 2 else { return }
            let length = Int(buffer[1])
            let isPossible = (1...Message.dataLimit).contains(length)
            guard isPossible, !isInDamage || count < 3 || MessageID(buffer[2]).lengths.contains(length) else {
                skipSync()
                continue
            }
            let size = length + Message.overhead
            guard count >= max(size, 3) else { return }
            guard hasChecksum(size) else {
                skipSync()
                continue
            }
            var data = Payload()
            for index in 3..<(size - 1) { data.append(buffer[index]) }
            let message = Message(id: MessageID(buffer[2]), data: data)
            remove(size)
            frames += 1
            isInDamage = false
            body(message)
        }
    }

    /// Whether the exclusive or of a whole frame, checksum included, is 0.
    private func hasChecksum(_ size: Int) -> Bool {
        var sum: UInt8 = 0
        for index in 0..<size { sum ^= buffer[index] }
        return sum == 0
    }

    /// Drops the bytes before the next sync byte: padding, or parts of a damaged region.
    private mutating func skipToSync() {
        var end = 0
        while end < count, buffer[end] != Message.sync {
            if buffer[end] == 0, !isInDamage { paddingBytes += 1 } else { countDamage() }
            end += 1
        }
        remove(end)
    }

    /// Drops a sync byte that starts no frame.
    private mutating func skipSync() {
        countDamage()
        remove(1)
    }

    /// Counts one byte that belongs to no frame.
    private mutating func countDamage() {
        if !isInDamage { damagedRegions += 1 }
        isInDamage = true
        skippedBytes += 1
    }

    private mutating func remove(_ bytes: Int) {
        for index in bytes..<count { buffer[index - bytes] = buffer[index] }
        count -= bytes
    }
}
