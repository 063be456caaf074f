/// What a payload is, which decides who decodes it.
public enum Channel: Hashable, Sendable {
    /// The eight bytes of an ANT broadcast or acknowledged message.
    case antPage
    /// The value of a GATT characteristic.
    case characteristic(AttributeUUID)
    /// The AD structures of an advertisement.
    case advertisement
}

/// How strongly a frame arrived.
public enum SignalStrength: Hashable, Sendable {
    case dBm(Int8)
    /// The gain register of an ANT stick, which has no unit.
    case gain(UInt16)
}

/// Which radio heard a frame: an index into the table of sources, which holds names such as `ant0`.
public struct SourceIndex: Hashable, Sendable {
    public let rawValue: UInt8
    public init(_ rawValue: UInt8) { self.rawValue = rawValue }
}

/// One message of one sensor, as a radio received it. A fixed-size value: making, passing and keeping
/// one allocates nothing.
public struct Frame: Hashable, Sendable {
    /// When it arrived.
    public var time: Instant
    public var source: SourceIndex
    public var sensor: SensorID
    public var channel: Channel
    public var strength: SignalStrength?
    /// The stick's receive time stamp, 1/32768 s, wrapping every 2 s.
    public var receiveStamp: UInt16?
    public var payload: Payload

    public init(
        time: Instant,
        source: SourceIndex,
        sensor: SensorID,
        channel: Channel,
        strength: SignalStrength? = nil,
        receiveStamp: UInt16? = nil,
        payload: Payload
    ) {
        (self.time, self.source, self.sensor, self.channel) = (time, source, sensor, channel)
        (self.strength, self.receiveStamp, self.payload) = (strength, receiveStamp, payload)
    }
}
