import Wire

/// Battery voltage and state as ANT+ packs them into two bytes, on heart-rate page 7 and common page 82.
///
///     byte    0          1
///             vv         status V
///             volt       bits 4-6 status, low nibble volt
///
/// - V, v: voltage, whole V (0...14; 15 = not known) and 1/256 V
/// - status: 1 new, 2 good, 3 ok, 4 low, 5 critical, 7 not known; 0 and 6 are reserved
///
/// - Source: ANT+ Common Pages D00001198, page 82, as in StephenHidem/AntPlus `CommonDataPages.cs`.
public struct ANTPlusBattery: Hashable, Sendable {
    private let fraction: UInt8
    private let descriptor: UInt8

    /// Reads the two bytes that start at `index`, 0...6.
    init(_ page: ANTPage, at index: Int) {
        (fraction, descriptor) = (page[index], page[index + 1])
    }

    /// Volts, or `nil` when not known.
    public var voltage: Double? {
        let whole = descriptor & 0x0F
        return whole == 0x0F ? nil : Double(whole) + Double(fraction) / 256
    }

    /// The state, or `nil` when it is not known or reserved.
    public var status: BatteryStatus? { BatteryStatus(rawValue: descriptor >> 4 & 0x07) }

    /// The state as vectors name it.
    var statusName: String { Self.statusNames[Int(descriptor >> 4 & 0x07)] }

    private static let statusNames = [
        "reserved", "new", "good", "ok", "low", "critical", "reserved", "invalid",
    ]
}
