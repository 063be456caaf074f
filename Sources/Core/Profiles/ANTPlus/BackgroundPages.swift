import Wire

/// What the profiles with a page-change toggle (heart rate, bike speed, bike cadence) tell about the sensor
/// itself, in bytes 1-3 of their background pages:
///
///     2    manufacturer (low byte), upper half of the serial; the lower half is the device number
///     3    hardware, software, model
///     ..   voltage and state of the battery in bytes 2-3, see ``ANTPlusBattery``
///
/// Sensors of the first generation have no page numbers: their byte 0 is arbitrary. Bytes 0-3 therefore mean
/// something only once the toggle, bit 7 of byte 0, was seen in both states.
///
/// - Source: ANT+ Device Profiles D00000693 and D00001163, as implemented in StephenHidem/AntPlus.
struct BackgroundPages: Hashable, Sendable {
    /// The upper half of the serial of a sensor that does not tell it.
    static let noSerial: UInt16 = 0xFFFF

    private var seenToggles: UInt8 = 0  // Bit 0: seen low, bit 1: seen high.
    private var manufacturer = News<UInt8>()
    private var serialUpper = News<UInt16>()
    private var versions = News<UInt32>()
    private var battery = News<ANTPlusBattery>()

    /// Whether byte 0 is known to be a page number.
    var areNumbered: Bool { seenToggles == 3 }

    mutating func see(toggle: Bool) { seenToggles |= toggle ? 2 : 1 }

    /// Tells what page 2 says.
    mutating func takeMaker(_ bytes: ANTPage, into readings: inout [Reading]) {
        let number = UInt16(bytes[1])
        readings.tell(.manufacturer(number, isLowByte: true), about: bytes[1], unless: &manufacturer)
        guard let upper = bytes.uint16(at: 2).unless(Self.noSerial) else { return }
        readings.tell(.serialUpper(upper), about: upper, unless: &serialUpper)
    }

    /// Tells what page 3 says.
    mutating func takeVersions(_ bytes: ANTPage, into readings: inout [Reading]) {
        guard versions.take(bytes.uint24(at: 1)) else { return }
        readings.append(.fact(.hardware(UInt16(bytes[1]))))
        readings.append(.fact(.software(UInt32(bytes[2]) * 1000)))
        readings.append(.fact(.model(UInt16(bytes[3]))))
    }

    /// Tells how the battery is.
    mutating func take(_ state: ANTPlusBattery, into readings: inout [Reading]) {
        guard battery.take(state) else { return }
        if let status = state.status { readings.append(.fact(.batteryStatus(status))) }
        if let voltage = state.voltage { readings.append(.fact(.batteryVoltage(voltage))) }
    }

    /// Lists what page 2 says. `context` may hold the device number, the lower half of the serial.
    static func describeMaker(_ bytes: ANTPage, to fields: inout FieldList, context: PageContext) {
        let upper = bytes.uint16(at: 2)
        fields.add("manufacturer_id_lsb", bytes[1])
        fields.add("serial_upper16", upper)
        let lower = upper == noSerial ? nil : context.deviceNumber
        fields.add("serial32", lower.map { UInt32(upper) << 16 | UInt32($0) })
    }

    /// Lists what page 3 says.
    static func describeVersions(_ bytes: ANTPage, to fields: inout FieldList) {
        fields.add("hw_version", bytes[1])
        fields.add("sw_version", bytes[2])
        fields.add("model_number", bytes[3])
    }
}
