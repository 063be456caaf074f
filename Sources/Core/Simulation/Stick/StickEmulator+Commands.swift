internal import Wire

// What the host's commands do. An answer is `40 channel id code`; code 0 is success.
extension StickEmulator {
    private enum Code {
        static let wrongState: UInt8 = 0x15
        static let notOpen: UInt8 = 0x16
        static let closeAllChannels: UInt8 = 0x19
        static let transferInProgress: UInt8 = 0x1F
        static let invalidMessage: UInt8 = 0x28
        static let invalidNetwork: UInt8 = 0x29
        static let invalidParameter: UInt8 = 0x33
    }

    /// Carries out a command that has arrived whole.
    mutating func obey(_ id: UInt8, _ data: [UInt8], at time: Instant) {
        guard faults.hang == nil || (faults.hang == .resetCommand && id == 0x4A) else { return }
        guard !losesCommand() else { return }
        counters.commands += 1
        if !wasReset, id != 0x4A { counters.commandsBeforeReset += 1 }
        let ready = time + delay(in: faults.answerDelay)
        if faults.refused.contains(id) { return answer(id, data, Code.invalidMessage, ready) }
        if faults.wrongState.contains(id) { return answer(id, data, Code.wrongState, ready) }
        switch id {
        case 0x4A:
            faults.hang = nil
            counters.resets += 1
            wasReset = true
            start(reason: 0x20, at: time)
        case 0x4D: request(data, ready)
        case 0x4E, 0x4F, 0x50, 0x5D, 0x5E, 0x5F, 0x72: transmit(id, data, ready)
        case 0x4C: closeChannel(data, ready)
        default: answer(id, data, configure(id, data, at: time), ready)
        }
    }

    private mutating func answer(_ id: UInt8, _ data: [UInt8], _ code: UInt8, _ ready: Instant) {
        if code != 0 { counters.refusals += 1 }
        put(StickLine.frame(0x40, [data.first ?? 0, id, code]), ready: ready)
    }

    /// Carries out a command that answers with nothing but a code, which it returns.
    private mutating func configure(_ id: UInt8, _ data: [UInt8], at time: Instant) -> UInt8 {
        switch (id, data.count) {
        case (0x46, 9):
            guard Int(data[0]) < networkKeys.count else { return Code.invalidNetwork }
            networkKeys[Int(data[0])] = Array(data[1...])
        case (0x42, 3...4): return assign(data)
        case (0x41, 1...):
            return change(data, from: .assigned) { $0 = StickChannel() }
        case (0x51, 5):
            return change(data, from: .assigned) {
                $0.deviceNumber = UInt16(data[1]) | UInt16(data[2]) << 8
                ($0.deviceType, $0.transmissionType) = (data[3], data[4])
            }
        case (0x45, 2):
            guard data[1] <= 124 else { return Code.invalidParameter }
            return change(data, from: .assigned) { $0.frequency = data[1] }
        case (0x43, 3), (0x44, 2), (0x63, 2):
            return change(data, from: nil) { _ in }
        case (0x4B, 1...):
            guard !isScanning else { return Code.closeAllChannels }
            return change(data, from: .assigned) { $0.state = .searching }
        case (0x5B, 1...): return openScan(at: time)
        case (0x66, 2): extras = data[1] == 0 ? 0 : 0x80
        case (0x6E, 2): extras = data[1]
        // Power, search and list settings, which make no difference here.
        case (0x47, 2), (0x60, 2), (0x49, 2...), (0x59, 6), (0x5A, 3), (0x65, 3), (0x6D, _), (0x70, 4),
            (0x71, 2), (0x75...0x79, _), (0x7A, _):
            break
        default: return Code.invalidMessage
        }
        return 0
    }

    private mutating func assign(_ data: [UInt8]) -> UInt8 {
        guard Int(data[2]) < networkKeys.count else { return Code.invalidNetwork }
        return change(data, from: .unassigned) {
            ($0.state, $0.type, $0.network) = (.assigned, data[1], data[2])
            $0.extendedAssignment = data.count > 3 ? data[3] : 0
        }
    }

    /// Opens the continuous scan: channel 0 has to be assigned to receive, and no channel may be open.
    private mutating func openScan(at time: Instant) -> UInt8 {
        guard !channels.contains(where: \.isOpen) else { return Code.closeAllChannels }
        guard channels[0].state == .assigned, channels[0].type & ~0x40 == 0 else { return Code.wrongState }
        channels[0].state = .searching
        isScanning = true
        scanEnd = faults.scanEnds.map { time + $0 } ?? Instant(nanoseconds: .max)
        return 0
    }

    /// Changes the channel that a command names, if it is in the state that the command asks for; `nil` is
    /// any but unassigned.
    private mutating func change(
        _ data: [UInt8],
        from state: StickChannel.State?,
        _ body: (inout StickChannel) -> Void
    ) -> UInt8 {
        let index = Int(data[0])
        guard channels.indices.contains(index) else { return Code.invalidParameter }
        guard state.map({ $0 == channels[index].state }) ?? (channels[index].state != .unassigned) else {
            return Code.wrongState
        }
        body(&channels[index])
        return 0
    }

    private mutating func closeChannel(_ data: [UInt8], _ ready: Instant) {
        guard let index = data.first.map(Int.init), channels.indices.contains(index) else {
            return answer(0x4C, data, Code.invalidParameter, ready)
        }
        guard channels[index].isOpen else { return answer(0x4C, data, Code.wrongState, ready) }
        channels[index].state = .assigned
        channels[index].transmits = false
        if index == 0 { isScanning = false }
        answer(0x4C, data, 0, ready)
        // A log shows 1, 7 and 54 ms from the answer to the event.
        put(StickLine.frame(0x40, [UInt8(index), 0x01, 7]), ready: ready + 7 * .millisecond)
    }

    private mutating func request(_ data: [UInt8], _ ready: Instant) {
        guard data.count >= 2 else { return answer(0x4D, data, Code.invalidMessage, ready) }
        let index = Int(data[0])
        switch data[1] {
        case 0x3E: put(StickLine.frame(0x3E, Array("AJK1.04RAF".utf8) + [0]), ready: ready)
        case 0x54: put(StickLine.frame(0x54, model.capabilities), ready: ready)
        case 0x61:
            let bytes = (0..<4).map { UInt8(truncatingIfNeeded: serial >> (8 * UInt32($0))) }
            put(StickLine.frame(0x61, bytes), ready: ready)
        case 0xC6: put(StickLine.frame(0xC6, Array("80295".utf8)), ready: ready)
        case 0x52 where channels.indices.contains(index):
            let channel = channels[index]
            let status = channel.state.rawValue | channel.network << 2 & 0x0C | channel.type & 0xF0
            put(StickLine.frame(0x52, [data[0], status]), ready: ready)
        case 0x51 where channels.indices.contains(index) && channels[index].state != .unassigned:
            let channel = channels[index]
            let number = [UInt8(channel.deviceNumber & 0xFF), UInt8(channel.deviceNumber >> 8)]
            let id = [data[0]] + number + [channel.deviceType, channel.transmissionType]
            put(StickLine.frame(0x51, id), ready: ready)
        default: answer(data[1], data, Code.invalidMessage, ready)
        }
    }

    /// The host wants something on the air. An acknowledged message waits for the next slot of its sensor.
    private mutating func transmit(_ id: UInt8, _ data: [UInt8], _ ready: Instant) {
        counters.transmissions += 1
        let index = Int(data.first ?? 0) & 0x1F
        guard channels.indices.contains(index), channels[index].isOpen, !isScanning else {
            return answer(id, data, Code.notOpen, ready)
        }
        guard !channels[index].isReceiveOnly else { return answer(id, data, Code.wrongState, ready) }
        guard !channels[index].transmits else {
            return answer(id, data, Code.transferInProgress, ready)
        }
        if id == 0x4F { channels[index].transmits = true }
    }
}
