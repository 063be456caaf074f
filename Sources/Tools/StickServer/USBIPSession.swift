internal import Wire

/// One connection of a USB/IP client, without the socket: bytes in, bytes out.
struct USBIPSession {
    private enum Phase { case open, attached(Int), closed }

    private var phase = Phase.open
    private var input: [UInt8] = []

    /// The stick that this client has.
    var stick: Int? { if case .attached(let index) = phase { index } else { nil } }
    var isClosed: Bool { if case .closed = phase { true } else { false } }

    /// Takes what the client sent; what it gets is returned.
    mutating func receive(_ bytes: ArraySlice<UInt8>, _ bus: inout StickBus, at time: Instant) -> [UInt8] {
        input += bytes
        var output: [UInt8] = []
        while true {
            switch phase {
            case .closed: return output
            case .open:
                guard let answer = negotiate(&bus, at: time) else { return output }
                output += answer
            case .attached(let index):
                guard input.count >= USBIP.Request.size else { return output }
                guard let request = USBIP.Request(input[..<USBIP.Request.size]) else {
                    phase = .closed
                    return output
                }
                let size = USBIP.Request.size + request.payloadLength
                guard input.count >= size else { return output }
                output += bus.sticks[index].answer(request, Array(input[USBIP.Request.size..<size]), at: time)
                input.removeFirst(size)
            }
        }
    }

    /// Answers an operation, once it has arrived: version, code, status, and the socket to be attached.
    private mutating func negotiate(_ bus: inout StickBus, at time: Instant) -> [UInt8]? {
        guard input.count >= 8 else { return nil }
        switch USBIP.Operation(rawValue: UInt16(input[2]) << 8 | UInt16(input[3])) {
        case .listDevices:
            phase = .closed
            let plugged = bus.sticks.filter(\.isPlugged)
            let head = USBIP.halves([USBIP.version, 0x0005]) + USBIP.words([0, UInt32(plugged.count)])
            return head + plugged.flatMap { $0.export + [0xFF, 0, 0, 0] }
        case .attach:
            guard input.count >= 40 else { return nil }
            let name = String(decoding: input[8..<40].prefix { $0 != 0 }, as: UTF8.self)
            input.removeFirst(40)
            guard let index = bus.index(of: name), bus.sticks[index].isPlugged, !bus.sticks[index].isAttached
            else {
                phase = .closed
                return USBIP.halves([USBIP.version, 0x0003]) + USBIP.words([1])
            }
            phase = .attached(index)
            bus.sticks[index].attach(at: time)
            return USBIP.halves([USBIP.version, 0x0003]) + USBIP.words([0]) + bus.sticks[index].export
        case nil:
            phase = .closed
            return []
        }
    }
}
