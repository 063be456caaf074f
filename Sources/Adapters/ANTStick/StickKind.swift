internal import USB

/// What a device of the vendor 0fcf, Dynastream Innovations, is to the gateway.
///
/// - Source: the device tables of the kernel's cp210x driver (1003, 1004, 1006) and the project's protocol
///   reference, section 1.5.
enum StickKind: Hashable {
    /// Two bulk endpoints, continuous scan mode.
    case stick
    /// A serial bridge before an older radio, which cannot scan continuously.
    case serialBridge(name: String)
    /// No ANT stick.
    case other

    static let vendor: UInt16 = 0x0FCF

    init(product: UInt16) {
        switch product {
        case 0x1008, 0x1009: self = .stick
        case 0x1003: self = .serialBridge(name: "ANT development board")
        case 0x1004: self = .serialBridge(name: "ANT2USB (USB1 stick)")
        case 0x1006: self = .serialBridge(name: "ANT development board")
        default: self = .other
        }
    }
}

/// Which of the sticks known so far has come back.
enum StickIdentity {
    /// Serials that say nothing, because many sticks have the same.
    private static let commonSerials: Set<String> = ["123", "0", "00000000", "0123456789"]

    /// Finds a stick that is away among those known. One with a serial of its own may be plugged in anywhere;
    /// one without is known by its socket.
    ///
    /// - Parameters:
    ///   - port: What was plugged in.
    ///   - known: Where each known stick was last, and whether it is there.
    /// - Returns: Its index, or `nil` when none fits: a new stick.
    static func match(_ port: USBPort, among known: [(port: USBPort, isPlugged: Bool)]) -> Int? {
        let candidates = known.indices.filter { index in
            let other = known[index].port
            return !known[index].isPlugged && other.product == port.product && other.serial == port.serial
        }
        if let here = candidates.first(where: { known[$0].port.path == port.path }) { return here }
        guard let serial = port.serial, !commonSerials.contains(serial) else { return nil }
        return candidates.first
    }
}
