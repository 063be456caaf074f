public import Wire

/// Builds the pages of an ANT+ power meter, device type 11.
///
///     byte    0    1    2    3    4    5    6    7
///             10   NN   FF   CC   aa   AA   pp   PP     power only
///
/// - N: events so far, wraps at 256; one for each message
/// - C: turns of the crank per minute; 255 is no value. Meters for runners send strides per minute.
/// - a, A: watts of all events added, wraps at 65,536; p, P: watts now
///
/// Rotation: 60 of these, then one of the common pages 80, 81, 82 in turn.
///
/// - Source: ANT+ bicycle power profile as two open decoders read it.
public struct PowerPageEncoder: Hashable, Sendable {
    /// The channel period, 1/32768 s: 4.00 messages a second.
    public static let channelPeriod: UInt16 = 8182
    public static let deviceType: UInt8 = 11

    public var identity: CommonPageEncoder
    private var rotation = CommonPageRotation(mainPages: 60)
    private var events: UInt64 = 0
    private var accumulated: UInt64 = 0

    public init(identity: CommonPageEncoder) { self.identity = identity }

    /// The next message.
    ///
    /// - Parameters:
    ///   - power: Watts.
    ///   - cadence: Turns per minute; `nil` for none.
    ///   - operatingSeconds: How long the meter has been on.
    /// - Returns: The eight bytes of the page.
    public mutating func page(power: UInt16, cadence: UInt8?, operatingSeconds: UInt64 = 0) -> Payload {
        events &+= 1
        accumulated &+= UInt64(power)
        if let page = rotation.next(of: identity, operatingSeconds: operatingSeconds) { return page }
        let head: UInt64 = 0x10 | (events & 0xFF) << 8 | 0xFF << 16 | UInt64(cadence ?? 0xFF) << 24
        return Payload(packed: head | (accumulated & 0xFFFF) << 32 | UInt64(power) << 48)
    }
}

/// When a sensor sends the common pages: one after so many pages of its own.
struct CommonPageRotation: Hashable, Sendable {
    let mainPages: UInt64
    private var count: UInt64 = 0

    init(mainPages: UInt64) { self.mainPages = mainPages }

    /// The common page that is due; `nil` when it is the sensor's own turn.
    mutating func next(of identity: CommonPageEncoder, operatingSeconds: UInt64) -> Payload? {
        let (cycle, position) = count.quotientAndRemainder(dividingBy: mainPages + 1)
        count &+= 1
        guard position == mainPages else { return nil }
        switch cycle % 3 {
        case 0: return identity.manufacturerPage
        case 1: return identity.productPage
        default: return identity.batteryPage(operatingSeconds: operatingSeconds, voltage: 755, status: 2)
        }
    }
}
