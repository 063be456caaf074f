/// The commands that make a controller listen, in both forms: a controller that was ever given an extended
/// one refuses the older ones until its next reset, and the other way round.
///
///     packet   01   opcode   length   parameters
///              u8   u16      u8       length
///
/// - Source: Bluetooth Core Specification 5.3, Vol 4, Part E, sections 5.4.1, 7.8.10, 7.8.11, 7.8.64, 7.8.65,
///   and 3.1.1 for the rule about both forms.
enum ScanCommand: Hashable, Sendable {
    /// Ask which commands the controller has.
    case readCommands
    case disable
    /// Passive, for everybody, from the public address.
    case setParameters
    /// Every report, also the same again.
    case enable

    enum Form: Hashable, Sendable { case legacy, extended }

    /// 30 ms of every 30 ms: the controller listens all the time that it has. Units of 0.625 ms. Source: the
    /// lab's reference client, which lost nothing with it.
    private static let window: UInt8 = 0x30

    func opcode(_ form: Form) -> UInt16 {
        switch (self, form) {
        case (.readCommands, _): Opcode.readCommands
        case (.setParameters, .legacy): Opcode.legacyParameters
        case (.setParameters, .extended): Opcode.extendedParameters
        case (.enable, .legacy), (.disable, .legacy): Opcode.legacyEnable
        case (.enable, .extended), (.disable, .extended): Opcode.extendedEnable
        }
    }

    func packet(_ form: Form) -> [UInt8] {
        let parameters: [UInt8]
        switch (self, form) {
        case (.readCommands, _): parameters = []
        case (.disable, .legacy): parameters = [0, 0]
        case (.enable, .legacy): parameters = [1, 0]
        case (.setParameters, .legacy): parameters = [0, Self.window, 0, Self.window, 0, 0, 0]
        // Then: duration and period in two bytes each, 0 for ever.
        case (.disable, .extended): parameters = [0, 0, 0, 0, 0, 0]
        case (.enable, .extended): parameters = [1, 0, 0, 0, 0, 0]
        // Own address public, accept all, the 1M PHY; for it: passive, interval, window.
        case (.setParameters, .extended): parameters = [0, 0, 1, 0, Self.window, 0, Self.window, 0]
        }
        let opcode = opcode(form)
        return [PacketType.command, UInt8(truncatingIfNeeded: opcode), UInt8(opcode >> 8)]
            + [UInt8(parameters.count)] + parameters
    }
}

enum Opcode {
    static let readCommands: UInt16 = 0x1002
    static let legacyParameters: UInt16 = 0x200B
    static let legacyEnable: UInt16 = 0x200C
    static let extendedParameters: UInt16 = 0x2041
    static let extendedEnable: UInt16 = 0x2042
    static let connect: UInt16 = 0x200D
    static let extendedConnect: UInt16 = 0x2043
    static let reset: UInt16 = 0x0C03

    /// The form of a command that changes what the controller listens to; `nil` for other commands.
    static func scanForm(_ opcode: UInt16) -> ScanCommand.Form? {
        switch opcode {
        case legacyParameters, legacyEnable: .legacy
        case extendedParameters, extendedEnable: .extended
        default: nil
        }
    }

    static func isConnect(_ opcode: UInt16) -> Bool { opcode == connect || opcode == extendedConnect }
}

enum PacketType {
    static let command: UInt8 = 0x01
    static let event: UInt8 = 0x04
}

/// What a raw socket shows besides advertisements.
enum ControllerNews: Hashable, Sendable {
    /// A command is done.
    case complete(opcode: UInt16, status: UInt8, extendedScan: Bool?)
    /// A command was begun, or refused.
    case begun(opcode: UInt16, status: UInt8)
    /// Somebody else's command is on its way to the controller.
    case sent(opcode: UInt16)
    /// A link was made, or the attempt ended.
    case connected
    case reset

    /// Reads a packet of a raw socket; `nil` for what is of no interest, and for what is cut.
    init?(_ packet: UnsafeRawBufferPointer) {
        guard let type = packet.first else { return nil }
        switch type {
        case PacketType.event: self.init(event: packet)
        case PacketType.command: self.init(command: packet)
        default: return nil
        }
    }

    private init?(event: UnsafeRawBufferPointer) {
        // 04, code, length; then what the event says.
        guard event.count >= 4, event.count >= 3 + Int(event[2]) else { return nil }
        let count = Int(event[2])
        switch event[1] {
        case 0x0E where count >= 4:
            let opcode = UInt16(event[4]) | UInt16(event[5]) << 8
            guard opcode != Opcode.reset else {
                self = .reset
                return
            }
            // Supported commands: 64 bytes of bits after the status; extended scan is octet 37, bits 5, 6.
            let octet = 7 + 37
            let bits: UInt8? = opcode == Opcode.readCommands && count > octet - 3 ? event[octet] : nil
            self = .complete(opcode: opcode, status: event[6], extendedScan: bits.map { $0 & 0x60 == 0x60 })
        case 0x0F where count >= 4:
            self = .begun(opcode: UInt16(event[5]) | UInt16(event[6]) << 8, status: event[3])
        // LE Meta: connection complete, enhanced, and its second version.
        case 0x3E where event[3] == 0x01 || event[3] == 0x0A || event[3] == 0x29: self = .connected
        default: return nil
        }
    }

    private init?(command: UnsafeRawBufferPointer) {
        guard command.count >= 4 else { return nil }
        self = .sent(opcode: UInt16(command[1]) | UInt16(command[2]) << 8)
    }
}
