public import Wire

/// Builds advertisements of a Polar strap: flags, then manufacturer data of company 006B.
///
///     02 01 06   07 FF 6B 00 ss kk ff vv
///
/// - s: bit 0 set, 1 skin contact, 2 to 4 frame counter, 5 broadcast
/// - k: a code for the radio of 5 kHz, 0
/// - f, v: the rate over a short and a long time, beats per minute; the same here
///
/// The frame counter goes with the beats here; how fast a real one moves is not public.
///
/// - Source: polarofficial/polar-ble-sdk, the comments on its advertisement of heart rate.
public struct StrapAdvertisementEncoder: Hashable, Sendable {
    private var beats: UInt8 = 0

    public init() {}

    /// Takes in one beat.
    public mutating func beat() { beats &+= 1 }

    /// The AD structures of the next advertisement.
    ///
    /// - Parameters:
    ///   - heartRate: Beats per minute; 0 is no value.
    ///   - isWorn: Whether the strap touches skin.
    /// - Returns: Eleven bytes.
    public func advertisement(heartRate: UInt8, isWorn: Bool) -> Payload {
        let status: UInt8 = 0x21 | (isWorn ? 0x02 : 0) | (beats & 0x07) << 2
        var payload = Payload()
        for byte in [0x02, 0x01, 0x06, 0x07, 0xFF, 0x6B, 0x00] as [UInt8] { payload.append(byte) }
        payload.append(status)
        payload.append(0)
        payload.append(heartRate)
        payload.append(heartRate)
        return payload
    }
}
