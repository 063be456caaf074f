public import Wire

/// Builds the pages of an ANT+ muscle oxygen monitor, device type 31.
///
///     byte    0    1    2    3    4-7
///             01   NN   00   06   tHb 12 bits, SmO2 before 10 bits, SmO2 now 10 bits, low bits first
///
/// - N: measurements so far, wraps at 256; byte 3: one a second
/// - tHb: 0.01 g/dL; SmO2: 0.1 %
///
/// Rotation: 60 of these, then one of the common pages.
///
/// - Source: ANT+ muscle oxygen profile as two open decoders read it.
public struct MuscleOxygenPageEncoder: Hashable, Sendable {
    /// The channel period, 1/32768 s: 4 messages a second.
    public static let channelPeriod: UInt16 = 8192
    public static let deviceType: UInt8 = 31

    public var identity: CommonPageEncoder
    private var rotation = CommonPageRotation(mainPages: 60)
    private var count: UInt64 = 0
    private var saturationBefore: UInt64 = 0
    private var saturation: UInt64 = 0
    private var haemoglobin: UInt64 = 0

    public init(identity: CommonPageEncoder) { self.identity = identity }

    /// Takes in one measurement: saturation in 0.1 %, haemoglobin in 0.01 g/dL.
    public mutating func measure(saturation value: UInt16, haemoglobin concentration: UInt16) {
        let now = UInt64(min(value, 1000))
        (saturationBefore, saturation) = (count == 0 ? now : saturation, now)
        haemoglobin = UInt64(min(concentration, 4000))
        count &+= 1
    }

    /// The next message.
    public mutating func page(operatingSeconds: UInt64 = 0) -> Payload {
        if let page = rotation.next(of: identity, operatingSeconds: operatingSeconds) { return page }
        let packed = haemoglobin | saturationBefore << 12 | saturation << 22
        return Payload(packed: 1 | (count & 0xFF) << 8 | 0x06 << 24 | packed << 32)
    }
}

/// Builds the pages of a core temperature sensor, device type 127, and of an environment sensor, 25.
///
///     byte    0    1    2    3    4    5    6    7
///             00   FF   QQ   FF   03   00   00   00     both: supported pages; Q quality, FF for 25
///             01   II   NN   ss   S0   00   cc   CC     127
///             01   FF   NN   ll   Lh   HH   tt   TT     25
///
/// - I: heat strain index, 0.1; N: measurements so far, wraps at 256
/// - s, S: skin, 0.05 °C, 12 bits signed; c, C: core, 0.01 °C, signed
/// - l, L and h, H: lowest and highest of a day, 0.1 °C, 12 bits signed; t, T: now, 0.01 °C, signed
///
/// Rotation: pages 1, 1, 1, 0; after 60 of them one of the common pages.
///
/// - Source: implementation notes of CORE 3.1, section 3; ANT+ environment profile as two open decoders read
///   it.
public struct TemperaturePageEncoder: Hashable, Sendable {
    /// The channel periods, 1/32768 s: 2 and 4 messages a second.
    public static let corePeriod: UInt16 = 16384
    public static let environmentPeriod: UInt16 = 8192
    public static let coreType: UInt8 = 127
    public static let environmentType: UInt8 = 25

    public var identity: CommonPageEncoder
    private var rotation = CommonPageRotation(mainPages: 60)
    private var messageCount: UInt64 = 0

    public init(identity: CommonPageEncoder) { self.identity = identity }

    /// The next message of a core temperature sensor.
    ///
    /// - Parameters:
    ///   - core: 0.01 °C.
    ///   - skin: 0.05 °C.
    ///   - strain: Heat strain index, 0.1.
    ///   - count: Measurements so far.
    /// - Returns: The eight bytes of the page.
    public mutating func corePage(core: Int16, skin: Int16, strain: UInt8, count: UInt64) -> Payload {
        if let page = nextOther(quality: 3) { return page }
        let skin = UInt64(UInt16(bitPattern: skin) & 0xFFF)
        var page: UInt64 = 1 | UInt64(strain) << 8 | (count & 0xFF) << 16
        page |= (skin & 0xFF) << 24 | (skin >> 8) << 36
        return Payload(packed: page | UInt64(UInt16(bitPattern: core)) << 48)
    }

    /// The next message of an environment sensor: now in 0.01 °C, lowest and highest of a day in 0.1 °C.
    ///
    /// - Parameters:
    ///   - temperature: Now, 0.01 °C.
    ///   - low: The lowest of a day, 0.1 °C.
    ///   - high: The highest of a day, 0.1 °C.
    ///   - count: Measurements so far.
    /// - Returns: The eight bytes of the page.
    public mutating func environmentPage(
        temperature: Int16,
        low: Int16,
        high: Int16,
        count: UInt64
    ) -> Payload {
        if let page = nextOther(quality: 0xFF) { return page }
        let (low, high) = (UInt64(UInt16(bitPattern: low)), UInt64(UInt16(bitPattern: high)))
        var page: UInt64 = 1 | 0xFF << 8 | (count & 0xFF) << 16
        page |= (low & 0xFF) << 24 | (low >> 8 & 0x0F) << 36
        page |= (high & 0x0F) << 32 | (high >> 4 & 0xFF) << 40
        return Payload(packed: page | UInt64(UInt16(bitPattern: temperature)) << 48)
    }

    /// A common page or page 0 when one is due.
    private mutating func nextOther(quality: UInt64) -> Payload? {
        if let page = rotation.next(of: identity, operatingSeconds: 0) { return page }
        messageCount &+= 1
        guard messageCount.isMultiple(of: 4) else { return nil }
        return Payload(packed: 0xFF00 | quality << 16 | 0xFF << 24 | 3 << 32)
    }
}
