/// One channel of an emulated stick.
struct StickChannel: Hashable, Sendable {
    /// As the channel status says it.
    enum State: UInt8, Hashable, Sendable {
        case unassigned, assigned, searching, tracking
    }

    var state = State.unassigned
    var type: UInt8 = 0
    var network: UInt8 = 0
    /// Bit 0 is background scanning.
    var extendedAssignment: UInt8 = 0
    /// 0 is any.
    var deviceNumber: UInt16 = 0
    var deviceType: UInt8 = 0
    var transmissionType: UInt8 = 0
    /// MHz above 2400; 66 until it is set.
    var frequency: UInt8 = 66
    /// Whether a message of the host waits for the next slot of the sensor.
    var transmits = false

    /// The frequency of ANT+ sensors.
    static let sensorFrequency: UInt8 = 57
    /// Bidirectional slave 0x00 and receive only 0x40 receive; the rest sends or shares.
    var isReceiveOnly: Bool { type == 0x40 }
    var isOpen: Bool { state == .searching || state == .tracking }
    private var scansInBackground: Bool { extendedAssignment & 0x01 != 0 }

    /// Whether this channel takes messages of a sensor.
    func accepts(number: UInt16, type: UInt8, transmission: UInt8) -> Bool {
        (deviceNumber == 0 || deviceNumber == number)
            && (deviceType & 0x7F == 0 || deviceType & 0x7F == type)
            && (transmissionType == 0 || transmissionType == transmission)
    }

    /// The channel has heard a sensor that it accepts: a search ends with that one.
    mutating func acquire(number: UInt16, type: UInt8, transmission: UInt8) {
        guard !scansInBackground else { return }
        state = .tracking
        (deviceNumber, deviceType, transmissionType) = (number, type, transmission)
    }
}
