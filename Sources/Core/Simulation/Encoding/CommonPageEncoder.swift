public import Wire

/// The pages that sensors of every ANT+ profile send now and then to say what they are.
///
///     byte    0    1    2    3    4    5    6    7
///             50   FF   FF   HW   mm   mm   MM   MM     manufacturer
///             51   FF   ss   SW   nn   nn   nn   nn     product
///             52   FF   FF   tt   tt   tt   vv   SV     battery
///
/// - H, m, M: hardware revision, FIT manufacturer number, model
/// - s, S: supplemental software revision (FF none), main revision: version (100·S + s) / 1000
/// - n: serial number
/// - t: operating time, 2 s (bit 7 of byte 7 is set)
/// - v, V: voltage, 1/256 V and (low nibble of byte 7) whole volts; bits 4-6 of byte 7 are the status
///
/// - Source: ANT+ common pages as two open decoders read them.
public struct CommonPageEncoder: Hashable, Sendable {
    public var manufacturer: UInt16
    public var model: UInt16
    public var hardware: UInt8
    /// Version times 1000.
    public var software: UInt16
    public var serial: UInt32

    public init(manufacturer: UInt16, model: UInt16, hardware: UInt8, software: UInt16, serial: UInt32) {
        (self.manufacturer, self.model, self.hardware) = (manufacturer, model, hardware)
        (self.software, self.serial) = (software, serial)
    }

    /// Page 80.
    public var manufacturerPage: Payload {
        let low: UInt64 = 80 | 0xFFFF << 8 | UInt64(hardware) << 24
        return Payload(packed: low | UInt64(manufacturer) << 32 | UInt64(model) << 48)
    }

    /// Page 81.
    public var productPage: Payload {
        let revision = UInt64(software / 100 & 0xFF) << 24 | UInt64(software % 100) << 16
        return Payload(packed: 81 | 0xFF << 8 | revision | UInt64(serial) << 32)
    }

    /// Page 82.
    ///
    /// - Parameters:
    ///   - operatingSeconds: Since the battery was changed; wraps at 2^25 s.
    ///   - voltage: In 1/256 V, 0...3839, which is below 15 V.
    ///   - status: 1 new, 2 good, 3 ok, 4 low, 5 critical.
    /// - Returns: The eight bytes of the page.
    public func batteryPage(operatingSeconds: UInt64, voltage: UInt16, status: UInt8) -> Payload {
        let time = (operatingSeconds / 2 & 0xFF_FFFF) << 24
        let volts = UInt64(voltage & 0xFF) << 48 | UInt64(voltage >> 8 & 0x0F) << 56
        let descriptive = (UInt64(status & 0x07) << 4 | 0x80) << 56
        return Payload(packed: 82 | 0xFFFF << 8 | time | volts | descriptive)
    }
}
