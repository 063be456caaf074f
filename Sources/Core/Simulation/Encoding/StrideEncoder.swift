public import Wire

/// What a foot pod has worked out at one moment.
public struct StrideSnapshot: Hashable, Sendable {
    /// The pod's clock, 1/200 s.
    public var ticks: UInt64
    /// 1/16 m since the pod was switched on.
    public var distance: UInt64
    /// Strides of two steps.
    public var strides: UInt64
    /// 1/256 m/s, at most 4095.
    public var speed: UInt16
    /// 1/16 strides per minute, at most 4095.
    public var strideRate: UInt16

    public init(ticks: UInt64, distance: UInt64, strides: UInt64, speed: UInt16, strideRate: UInt16) {
        (self.ticks, self.distance, self.strides) = (ticks, distance, strides)
        (self.speed, self.strideRate) = (min(speed, 4095), min(strideRate, 4095))
    }
}

/// Turns what a foot pod worked out into the pages of ANT+ stride-based speed and distance, device type 124.
///
///     byte    0    1    2    3    4     5    6    7
///             01   tt   TT   DD   d|S   ss   NN   LL     page 1
///             02   FF   FF   CC   c|S   ss   FF   status page 2
///
/// - t, T: pod time, 1/200 s and whole s, wraps at 256 s
/// - D, d: distance, whole m and (high nibble) 1/16 m, wraps at 256 m
/// - S, s: speed, (low nibble) whole m/s and 1/256 m/s
/// - N: strides, wraps at 256; L: age of all this when sent, 1/32 s
/// - C, c: cadence, whole strides/min and (high nibble) 1/16
/// - status: bits 0-1 1 active, 2-3 health 0, 4-5 battery 1 good, 6-7 location 0 laces
///
/// Rotation: pages 1, 1, 2, 2 and so on; after 64 of them twice one of the common pages 80, 81, 82 in turn.
///
/// - Source: ANT+ stride-based speed and distance profile as two open decoders read it.
public struct StridePageEncoder: Hashable, Sendable {
    /// The channel period, 1/32768 s: 4.03 messages a second.
    public static let channelPeriod: UInt16 = 8134
    public static let deviceType: UInt8 = 124

    public var identity: CommonPageEncoder
    /// Messages built so far.
    public private(set) var messageCount: UInt64 = 0

    public init(identity: CommonPageEncoder) { self.identity = identity }

    /// The next message.
    ///
    /// - Parameters:
    ///   - snapshot: What the pod knows.
    ///   - latency: How old that is, 1/32 s.
    ///   - operatingSeconds: How long the pod has been on, for page 82.
    /// - Returns: The eight bytes of the page.
    public mutating func page(
        _ snapshot: StrideSnapshot,
        latency: UInt8,
        operatingSeconds: UInt64 = 0
    ) -> Payload {
        let (cycle, position) = messageCount.quotientAndRemainder(dividingBy: 66)
        messageCount &+= 1
        if position < 64 {
            return position & 2 == 0 ? Self.main(snapshot, latency: latency) : Self.base(snapshot)
        }
        switch cycle % 3 {
        case 0: return identity.manufacturerPage
        case 1: return identity.productPage
        default:
            // 2.95 V, good: a coin cell in its middle age.
            return identity.batteryPage(operatingSeconds: operatingSeconds, voltage: 755, status: 2)
        }
    }

    private static func main(_ snapshot: StrideSnapshot, latency: UInt8) -> Payload {
        let time = (snapshot.ticks % 200) << 8 | (snapshot.ticks / 200 & 0xFF) << 16
        let strides = (snapshot.strides & 0xFF) << 48
        let shared = shared(speed: snapshot.speed, sixteenths: snapshot.distance)
        return Payload(packed: 1 | time | shared | strides | UInt64(latency) << 56)
    }

    private static func base(_ snapshot: StrideSnapshot) -> Payload {
        let status: UInt64 = (snapshot.speed > 0 ? 1 : 0) | 1 << 4
        let shared = shared(speed: snapshot.speed, sixteenths: UInt64(snapshot.strideRate))
        return Payload(packed: 2 | 0xFFFF << 8 | shared | 0xFF << 48 | status << 56)
    }

    /// Bytes 3 to 5: a number with a fraction of four bits, and the speed.
    private static func shared(speed: UInt16, sixteenths: UInt64) -> UInt64 {
        (sixteenths >> 4 & 0xFF) << 24 | (sixteenths & 0x0F) << 36 | UInt64(speed >> 8) << 32
            | UInt64(speed & 0xFF) << 40
    }
}

/// Builds values of the RSC Measurement characteristic, 2A53.
///
///     byte    0       1-2     3    4-5             6-9 (4-7)
///             flags   speed   CC   stride length   distance
///
/// - flags: bit 0 stride length follows, bit 1 distance follows, bit 2 running rather than walking
/// - speed: 1/256 m/s; C: strides per minute; stride length: 0.01 m; distance: 0.1 m
///
/// - Source: Bluetooth SIG, Running Speed and Cadence Service 1.0, section 3.1.
public enum RunningSpeedCadenceEncoder {
    public static let characteristic = AttributeUUID(0x2A53)

    public static func value(
        speed: UInt16,
        strideRate: UInt8,
        isRunning: Bool,
        strideLength: UInt16? = nil,
        distance: UInt32? = nil
    ) -> Payload {
        var payload = Payload()
        payload.append((strideLength == nil ? 0 : 1) | (distance == nil ? 0 : 2) | (isRunning ? 4 : 0))
        append(UInt32(speed), bytes: 2, to: &payload)
        payload.append(strideRate)
        if let strideLength { append(UInt32(strideLength), bytes: 2, to: &payload) }
        if let distance { append(distance, bytes: 4, to: &payload) }
        return payload
    }

    private static func append(_ value: UInt32, bytes count: Int, to payload: inout Payload) {
        for index in 0..<count { payload.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
}
