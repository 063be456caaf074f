public import Wire

/// Bits 5-7 of the channel byte of a burst packet.
public struct BurstSequence: Hashable, Sendable {
    /// 0 on the first packet, then 1, 2, 3, 1, 2, 3, ...
    public let number: UInt8
    public let isLast: Bool

    init(channelByte: UInt8) {
        number = channelByte >> 5 & 0x03
        isLast = channelByte & 0x80 != 0
    }

    /// The number that the next packet has.
    var next: UInt8 { number == 3 ? 1 : number + 1 }
}

/// Puts the packets of one channel's bursts together. A packet out of sequence ends the burst; what follows
/// is dropped up to the next first packet.
public struct BurstAssembler: Hashable, Sendable {
    /// What was received of the newest burst, at most ``Payload/capacity`` bytes.
    public private(set) var data = Payload()
    public private(set) var packets = 0
    /// Whether the last packet of the burst came.
    public private(set) var isComplete = false
    /// Bursts that broke off or were longer than ``Payload/capacity``.
    public private(set) var broken: UInt64 = 0

    private var expected: UInt8?

    public init() {}

    /// Takes in one packet; answers the whole burst when it is the last.
    public mutating func take(_ packet: Broadcast) -> Payload? {
        let sequence = packet.sequence
        if sequence.number == 0 {
            if expected != nil { broken += 1 }
            (data, packets, isComplete) = (Payload(), 0, false)
        } else if expected != sequence.number {
            if expected != nil { broken += 1 }
            expected = nil
            return nil
        }
        guard data.count + packet.payload.count <= Payload.capacity else {
            broken += 1
            expected = nil
            return nil
        }
        for index in 0..<packet.payload.count { data.append(packet.payload[index]) }
        packets += 1
        isComplete = sequence.isLast
        expected = sequence.isLast ? nil : sequence.next
        return isComplete ? data : nil
    }
}
