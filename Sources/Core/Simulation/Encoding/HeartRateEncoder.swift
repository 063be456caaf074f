public import Wire

/// What a simulated strap tells about itself on its background pages.
public struct StrapIdentity: Hashable, Sendable {
    /// The low byte of a FIT manufacturer number.
    public var manufacturer: UInt8
    /// The upper half of the serial; the lower half is the device number.
    public var serialUpper: UInt16
    public var hardware, software, model: UInt8
    /// Charge, per cent, 0...100; 255 is unknown.
    public var battery: UInt8

    public init(
        manufacturer: UInt8 = 255,
        serialUpper: UInt16 = 0xFFFF,
        hardware: UInt8 = 1,
        software: UInt8 = 1,
        model: UInt8 = 1,
        battery: UInt8 = 255
    ) {
        (self.manufacturer, self.serialUpper) = (manufacturer, serialUpper)
        (self.hardware, self.software, self.model) = (hardware, software, model)
        self.battery = battery
    }
}

/// Turns beats into the pages of an ANT+ heart-rate strap, device type 120.
///
/// Bytes 4 to 7 are the same on every page, and byte 0 carries the page-change toggle in bit 7:
///
///     byte    0        1       2       3       4       5       6       7
///             TP       .. page specific ..     bb      bb      NN      HH
///             page                             beat time       count   rate
///
/// - b: time of the newest beat, 1/1024 s; wraps at 64 s
/// - N: beats so far; wraps at 256
/// - H: beats per minute as the strap computes it; 0 is no value
///
/// Rotation, in runs of four messages with one toggle state each: page 4 (previous beat time) and page 0
/// take turns, so that a receiver meets both ways to learn an interval. When an identity is known, every
/// seventeenth run is of one of the background pages 1, 2, 3 and 7 in turn.
///
/// - Source: ANT+ heart-rate device profile as two open decoders read it; toggle and rate of background
///   pages (one in about 65 messages) from the same.
public struct HeartRatePageEncoder: Hashable, Sendable {
    /// The channel period, 1/32768 s: 4.06 messages a second.
    public static let channelPeriod: UInt16 = 8070
    public static let deviceType: UInt8 = 120

    /// What the background pages say; `nil` sends none.
    public var identity: StrapIdentity?

    /// Beats counted, before the wrap at 256.
    public private(set) var beatCount: UInt64
    /// Times of the newest beat and of the one before, 1/1024 s, before the wrap at 64 s.
    public private(set) var newestBeat: UInt64
    public private(set) var previousBeat: UInt64
    /// Messages built so far.
    public private(set) var messageCount: UInt64 = 0

    /// - Parameters:
    ///   - startCount: What the beat counter shows before the first beat.
    ///   - startTicks: What the beat time shows before the first beat, 1/1024 s.
    ///   - identity: What the background pages say; `nil` sends none.
    public init(startCount: UInt64 = 0, startTicks: UInt64 = 0, identity: StrapIdentity? = nil) {
        (beatCount, newestBeat, previousBeat) = (startCount, startTicks, startTicks)
        self.identity = identity
    }

    /// Takes in one beat.
    ///
    /// - Parameter ticks: When it was, 1/1024 s on the strap's clock, which never runs backwards.
    public mutating func beat(atTicks1024 ticks: UInt64) {
        previousBeat = newestBeat
        newestBeat = ticks
        beatCount &+= 1
    }

    /// The next message.
    ///
    /// - Parameters:
    ///   - heartRate: Beats per minute; 0 is no value.
    ///   - operatingSeconds: How long the strap has been on, for page 1.
    /// - Returns: The eight bytes of the page.
    public mutating func page(heartRate: UInt8, operatingSeconds: UInt64 = 0) -> Payload {
        let run = messageCount / 4
        messageCount &+= 1
        let toggle = (run & 1) << 7
        let upper = (newestBeat & 0xFFFF) << 32 | (beatCount & 0xFF) << 48 | UInt64(heartRate) << 56
        return Payload(packed: lower(run: run, operatingSeconds: operatingSeconds) | toggle | upper)
    }

    /// Bytes 0 to 3 without the toggle.
    private func lower(run: UInt64, operatingSeconds: UInt64) -> UInt64 {
        if let identity, run % 17 == 16 {
            return background(number: run / 17 % 4, identity, operatingSeconds)
        }
        let isDetailed = (run % 17).isMultiple(of: 2)
        return isDetailed ? 4 | 0xFF << 8 | (previousBeat & 0xFFFF) << 16 : 0xFFFF_FF00
    }

    private func background(
        number: UInt64,
        _ identity: StrapIdentity,
        _ operatingSeconds: UInt64
    ) -> UInt64 {
        switch number {
        case 0: 1 | (operatingSeconds / 2 & 0xFF_FFFF) << 8
        case 1: 2 | UInt64(identity.manufacturer) << 8 | UInt64(identity.serialUpper) << 16
        case 2:
            3 | UInt64(identity.hardware) << 8 | UInt64(identity.software) << 16
                | UInt64(identity.model) << 24
        // No voltage: fraction 0, coarse part invalid (15), status "good" (2) in bits 4 to 6.
        default: 7 | UInt64(identity.battery) << 8 | 0x2F << 24
        }
    }
}

/// Turns beats into values of the Heart Rate Measurement characteristic, 2A37.
///
///     byte    0       1       2…
///             flags   HH      rr rr  rr rr …
///
/// - flags: bits 1-2 contact (6 worn, 4 not worn, 0 cannot tell), bit 4 intervals follow
/// - H: beats per minute; 0 is no value
/// - r: intervals since the previous value, 1/1024 s, oldest first
///
/// - Source: Bluetooth SIG, Heart Rate Service 1.0, section 3.1.
public struct HeartRateMeasurementEncoder: Hashable, Sendable {
    public static let characteristic = AttributeUUID(0x2A37)
    /// Nine intervals fill the 20 bytes of a notification under the smallest ATT MTU, 23.
    public static let intervalsPerValue = 9
    /// A strap keeps so many unsent intervals; the oldest go first. Ten seconds at 240 beats a minute.
    public static let pendingMaximum = 40

    /// Whether the strap touches skin; `nil` for a strap that cannot tell.
    public var contact: Bool?
    /// Intervals that wait for the next value, oldest first, 1/1024 s.
    public private(set) var pending: [UInt16] = []

    public init(contact: Bool? = nil) { self.contact = contact }

    /// Takes in the interval that ended with a beat, 1/1024 s.
    public mutating func beat(interval: UInt16) {
        if pending.count == Self.pendingMaximum { pending.removeFirst() }
        pending.append(interval)
    }

    /// The next notification: the rate and the oldest intervals that wait, at most nine.
    public mutating func value(heartRate: UInt8) -> Payload {
        let count = min(pending.count, Self.intervalsPerValue)
        var flags: UInt8 = contact.map { $0 ? 0x06 : 0x04 } ?? 0
        if count > 0 { flags |= 0x10 }
        var payload = Payload()
        payload.append(flags)
        payload.append(heartRate)
        for interval in pending.prefix(count) {
            payload.append(UInt8(truncatingIfNeeded: interval))
            payload.append(UInt8(truncatingIfNeeded: interval >> 8))
        }
        pending.removeFirst(count)
        return payload
    }
}
