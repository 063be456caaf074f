internal import Wire

/// Heart-rate messages that differ from what a modern strap sends.
enum HeartRateVariant {
    /// A page of a first-generation strap: bytes 0 to 3 are not a page number and its content but four bytes
    /// that never change, and the toggle bit stands still.
    static func legacy(_ page: Payload, filler: UInt32) -> Payload {
        Payload(packed: word(page) & 0xFFFF_FFFF_0000_0000 | UInt64(filler))
    }

    /// A page 7 turned into page 9 of a device whose beat times are computed (low bits of byte 1 are 1).
    static func computedBeats(_ page: Payload) -> Payload {
        let word = word(page)
        guard word & 0x7F == 7 else { return page }
        return Payload(packed: word & 0xFFFF_FFFF_0000_0080 | 0xFFFF_0109)
    }

    /// A 2A37 value with the rate in 16 bits: flag bit 0 set, a zero byte after the rate.
    static func wide(_ value: Payload) -> Payload {
        var wide = Payload()
        for index in 0..<value.count {
            wide.append(index == 0 ? value[0] | 1 : value[index])
            if index == 1 { wide.append(0) }
        }
        return wide
    }

    private static func word(_ page: Payload) -> UInt64 {
        var reader = ByteReader(page)
        return reader.uint64()!  // Our own pages are complete.
    }
}
