public import Wire

/// Builds the pages of an ANT+ speed sensor (device type 123) or cadence sensor (122): what turns is a wheel
/// or a crank.
///
///     byte    0    1    2    3    4    5    6    7
///             TP   .. by page ..  ee   EE   rr   RR
///
/// - T: bit 7, flips every four messages; P: the page
/// - e, E: when the newest turn ended, 1/1024 s, wraps at 64 s; r, R: turns, wrap at 65,536
///
/// Rotation, in runs of four messages: page 0, and every sixteenth run one of
///
///     02   manufacturer, low byte   serial, upper half
///     03   hardware                 software             model
///
/// - Source: ANT+ bicycle speed and cadence profile as two open decoders read it.
public struct TurnPageEncoder: Hashable, Sendable {
    /// The channel periods, 1/32768 s: 4.04 messages a second.
    public static let wheelPeriod: UInt16 = 8118
    public static let crankPeriod: UInt16 = 8102
    public static let wheelType: UInt8 = 123
    public static let crankType: UInt8 = 122

    public var identity: StrapIdentity
    private var messageCount: UInt64 = 0

    public init(identity: StrapIdentity) { self.identity = identity }

    /// The next message.
    ///
    /// - Parameters:
    ///   - turns: So far.
    ///   - ticks: When the newest one ended, 1/1024 s on the sensor's clock.
    /// - Returns: The eight bytes of the page.
    public mutating func page(turns: UInt64, atTicks1024 ticks: UInt64) -> Payload {
        let run = messageCount / 4
        messageCount &+= 1
        var head: UInt64
        switch run % 32 {
        case 15:
            head = 2 | UInt64(identity.manufacturer) << 8 | UInt64(identity.serialUpper) << 16
        case 31:
            head = 3 | UInt64(identity.hardware) << 8 | UInt64(identity.software) << 16
            head |= UInt64(identity.model) << 24
        default: head = 0xFFFF_FF00
        }
        head |= (run & 1) << 7
        return Payload(packed: head | (ticks & 0xFFFF) << 32 | (turns & 0xFFFF) << 48)
    }
}
