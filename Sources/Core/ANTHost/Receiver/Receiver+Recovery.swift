internal import Wire

/// From silence back to listening.
extension Receiver {
    static let openPatience = 5 * Nanoseconds.second
    /// A stick that sends nothing for this long is asked how it is. Straps in range send four times a second.
    private static let silence = 2 * Nanoseconds.second
    private static let probePatience = 700 * Nanoseconds.millisecond
    /// A stick that answers and hears nobody any more is set up anew once: nobody may be there.
    private static let deafness = 60 * Nanoseconds.second
    /// So long after a step all is well.
    private static let convalescence = 30 * Nanoseconds.second
    /// The wait between two rounds of the ladder: 5 s, doubled up to a minute.
    private static let roundPause = 5 * Nanoseconds.second
    private static let roundPauseLimit = 60 * Nanoseconds.second
    /// The wait before the next attempt to open a device that somebody else has or that is not permitted.
    private static let accessPause = 5 * Nanoseconds.second

    mutating func beginListening(at time: Instant) {
        counters.starts += 1
        (lastMessage, listeningSince, trouble.listeningSince) = (time, time, time)
        if trouble.since == nil { commands.append(.log(.info, "listening: \(description)")) }
        healthyStatus = nil
        requestStatus()
        listen(at: time)
    }

    mutating func listen(at time: Instant) {
        (phase, deadline) = (.listening, time + Self.silence)
    }

    /// The deadline while listening: is anything coming?
    mutating func watch(at time: Instant) {
        if let since = trouble.listeningSince, time - since >= Self.convalescence {
            if trouble.since != nil { endTrouble(at: time) }
            trouble = Trouble()
        }
        if time - (lastData ?? listeningSince) >= Self.deafness, !isDeafnessTold {
            isDeafnessTold = true
            commands.append(
                .log(
                    .info,
                    "no sensor heard for a minute; straps send only when worn. "
                        + "If they are, check the network key"
                )
            )
            if lastData != nil { return startOver(at: time) }
        }
        guard time - lastMessage >= Self.silence else {
            deadline = lastMessage + Self.silence
            return
        }
        requestStatus()
        (phase, deadline) = (.probing, time + Self.probePatience)
    }

    private mutating func requestStatus() { send(Message(.request, 0, MessageID.channelStatus.rawValue)) }

    /// The state of the channel, bits 0-1: 0 unassigned, 1 assigned, 2 searching, 3 tracking. Which of these
    /// a stick gives while it scans is not documented, so the first answer is what later ones are held
    /// against.
    mutating func noteChannel(_ message: Message, at time: Instant) {
        guard phase == .listening || phase == .probing, message.data.count > 1 else { return }
        let status = message.data[1] & 0x03
        if let healthyStatus, status < healthyStatus {
            recover("the stick stopped scanning", at: time)
        } else {
            healthyStatus = healthyStatus ?? status
        }
    }

    /// Takes the next step of the ladder.
    mutating func recover(_ reason: String, at time: Instant) {
        if trouble.since == nil {
            trouble.since = time
            commands.append(.log(.warning, "\(reason); bringing it back"))
        }
        trouble.listeningSince = nil
        guard let step = trouble.step.map(\.next) ?? .reset else { return pause(at: time) }
        take(step, at: time)
    }

    private mutating func take(_ step: RecoveryStep, at time: Instant) {
        trouble.step = step
        counters.recoveries[step] += 1
        switch step {
        case .reset: startOver(at: time)
        case .reopen:
            commands.append(.close)
            open(at: time)
        case .resetDevice:
            commands.append(.resetDevice)
            (phase, deadline) = (.opening, time + Self.openPatience)
        case .cyclePower:
            commands.append(.cyclePower)
            (phase, deadline) = (.opening, time + Self.openPatience)
        }
    }

    /// Nothing helped: tries again from opening on, at growing intervals.
    private mutating func pause(at time: Instant) {
        if trouble.rounds == 0 {
            commands.append(.log(.warning, "nothing helped; trying again and again. Replug the stick"))
        }
        let pause = min(Self.roundPause << Int64(min(trouble.rounds, 8)), Self.roundPauseLimit)
        trouble.rounds += 1
        trouble.step = .reset  // The next round begins with closing and opening.
        commands.append(.close)
        (phase, deadline) = (.closed, time + pause)
    }

    /// The device refused or broke while it was wanted.
    mutating func fail(_ failure: PortFailure, at time: Instant) {
        switch failure {
        case .denied, .busy:
            if trouble.lastFailure != failure { commands.append(.log(.warning, failure.cure)) }
            trouble.lastFailure = failure
            commands.append(.close)
            (phase, deadline) = (.closed, time + Self.accessPause)
        case .unsupported:
            recover(failure.cure, at: time)
        case .gone, .stalled, .io:
            // What broke must be opened again at the least.
            if trouble.step == nil { trouble.step = .reset }
            recover(failure.cure, at: time)
        }
    }

    mutating func endTrouble(at time: Instant) {
        guard let since = trouble.since else { return }
        let tenths = (time - since + 50 * .millisecond) / (100 * .millisecond)
        let step = trouble.step.map { " after a \($0.name)" } ?? ""
        commands.append(
            .log(.info, "listening again\(step), \(tenths / 10).\(tenths % 10) s after the fault")
        )
        trouble.since = nil
        trouble.rounds = 0
        // If it happens again soon, what helped now comes first, and only then what is stronger.
        trouble.step = trouble.step?.previous
    }
}

extension PortFailure {
    /// What is wrong, and what to do about it.
    var cure: String {
        switch self {
        case .gone: "unplugged"
        case .denied:
            "no permission to open it; install udev/60-touchline.rules and plug the stick in again"
        case .busy: "another program holds it; stop that program"
        case .unsupported: "the port's power cannot be switched here"
        case .stalled: "its endpoint is halted"
        case .io(let code): code == 0 ? "opening it takes too long" : "USB error \(code)"
        }
    }
}

extension Receiver.StickDescription: CustomStringConvertible {
    public var description: String {
        let firmware = firmware.map { String(decoding: $0.bytes, as: UTF8.self) }
        let parts = [firmware, serial.map { "serial \($0)" }, channels.map { "\($0) channels" }]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}
