internal import Wire

/// From whatever the scan is to listening, and the watch over it.
extension Listener {
    /// How long the controller may take for a command.
    private static let answerPatience = 500 * Nanoseconds.millisecond
    private static let attempts = 3
    /// The wait after set-ups that failed: 1 s, doubled up to 30 s.
    private static let pauseMinimum = Nanoseconds.second
    private static let pauseLimit = 30 * Nanoseconds.second
    /// A silence after which the scan is set up anew: where somebody was heard twice a second or more, and
    /// elsewhere. Doubled while it does not help, up to a minute: nobody may be there.
    private static let busyPatience = 1_200 * Nanoseconds.millisecond
    static let quietPatience = 10 * Nanoseconds.second
    private static let silenceLimit = 60 * Nanoseconds.second
    private static let busyGap = 500 * Nanoseconds.millisecond
    /// At most one line about arming again in this time.
    private static let tellInterval = 10 * Nanoseconds.minute

    private static let success: UInt8 = 0x00
    private static let unknownCommand: UInt8 = 0x01
    private static let disallowed: UInt8 = 0x0C

    // MARK: Arming

    mutating func arm(attempt: Int, at time: Instant) {
        disturbance = nil
        ask(form == nil ? .readCommands : .disable, attempt: attempt, at: time)
    }

    private mutating func ask(_ step: ScanCommand, attempt: Int, at time: Instant) {
        commands.append(.send(step.packet(form ?? .legacy)))
        (phase, deadline) = (.arming(step, attempt: attempt), time + Self.answerPatience)
    }

    private mutating func answered(
        _ step: ScanCommand,
        _ status: UInt8,
        extendedScan: Bool?,
        attempt: Int,
        at time: Instant
    ) {
        switch (step, status) {
        case (.readCommands, _):
            // Without an answer: what every controller of version 4 has.
            if form == nil { form = extendedScan == true ? .extended : .legacy }
            ask(.disable, attempt: attempt, at: time)
        // Refused while nothing scans: just as well.
        case (.disable, Self.success), (.disable, Self.disallowed):
            ask(.setParameters, attempt: attempt, at: time)
        case (.setParameters, Self.success): ask(.enable, attempt: attempt, at: time)
        case (.enable, Self.success): listen(at: time)
        default:
            let isOtherForm = status == Self.unknownCommand || status == Self.disallowed
            if isOtherForm, step != .enable, !isFormSeen { form = form == .legacy ? .extended : .legacy }
            armingFailed("\(step) refused with status \(status)", attempt, at: time)
        }
    }

    mutating func armingFailed(_ reason: String, _ attempt: Int, at time: Instant) {
        counters.failures += 1
        guard attempt + 1 >= Self.attempts else { return arm(attempt: attempt + 1, at: time) }
        if failures == 0 {
            commands.append(.log(.warning, "\(name): \(reason); trying again and again"))
        }
        let pause = pause()
        (phase, deadline) = (.paused, time + pause)
    }

    /// The wait after one more failure.
    mutating func pause() -> Nanoseconds {
        failures += 1
        return min(Self.pauseMinimum << Int64(min(failures - 1, 8)), Self.pauseLimit)
    }

    private mutating func listen(at time: Instant) {
        counters.armings += 1
        if failures > 0 || armed == nil { commands.append(.log(.info, "\(name): listening")) }
        (phase, armed, failures) = (.listening, time, 0)
        plan()
    }

    // MARK: Watching

    mutating func heard(_ count: Int, at time: Instant) {
        if let lastReport {
            let gap = max(0, time - lastReport) / Nanoseconds(count)
            // A pause is no rate: it may be the others' doing.
            meanGap += (min(gap, .second) - meanGap) / 16
        }
        lastReport = time
        let patience = meanGap <= Self.busyGap ? Self.busyPatience : Self.quietPatience
        guard patience != silencePatience else { return }
        silencePatience = patience
        if phase == .listening { plan() }
    }

    mutating func take(_ news: ControllerNews, at time: Instant) {
        switch news {
        case .complete(let opcode, let status, let extendedScan):
            if case .arming(let step, let attempt) = phase, opcode == step.opcode(form ?? .legacy) {
                return answered(step, status, extendedScan: extendedScan, attempt: attempt, at: time)
            }
            guard let other = Opcode.scanForm(opcode), status == Self.success else { return }
            disturbed(at: time, form: other)
        case .sent(let opcode):
            if let other = Opcode.scanForm(opcode) { disturbed(at: time, form: other) }
            if Opcode.isConnect(opcode) { connectingSince = time }
        case .begun(let opcode, let status):
            if Opcode.isConnect(opcode) { connectingSince = status == Self.success ? time : nil }
        case .connected:
            connectingSince = nil
            disturbed(at: time)
        case .reset:
            (form, isFormSeen, connectingSince) = (nil, false, nil)
            disturbed(at: time)
        }
    }

    private mutating func disturbed(at time: Instant, form other: ScanCommand.Form? = nil) {
        if let other { (form, isFormSeen) = (other, true) }
        disturbance = Disturbance(first: disturbance?.first ?? time, last: time)
        if phase == .listening { plan() }
    }

    /// When to arm again because of somebody else, if at all.
    private var rearmTime: Instant? {
        guard let disturbance, let armed else { return nil }
        let isConnecting = connectingSince != nil
        let settled =
            isConnecting
            ? disturbance.first + Self.connectPatience
            : min(disturbance.last + Self.settleTime, disturbance.first + Self.disturbancePatience)
        return max(settled, armed + Self.armInterval)
    }

    /// When to arm again because of a silence.
    private var silenceTime: Instant? {
        guard let armed else { return nil }
        return max(lastReport ?? armed, armed) + silencePatience
    }

    private mutating func plan() {
        deadline = [rearmTime, silenceTime].compactMap { $0 }.min()
    }

    mutating func watch(at time: Instant) {
        if let due = rearmTime, due <= time {
            counters.disturbances += 1
            connectingSince = nil
            tell("another program changed the scan", at: time)
            return arm(attempt: 0, at: time)
        }
        guard let due = silenceTime, due <= time else { return plan() }
        counters.silences += 1
        tell("silence", at: time)
        silencePatience = min(silencePatience * 2, Self.silenceLimit)
        arm(attempt: 0, at: time)
    }

    private mutating func tell(_ reason: String, at time: Instant) {
        guard isRearmingToldUntil.map({ $0 <= time }) ?? true else { return }
        isRearmingToldUntil = time + Self.tellInterval
        let count = counters.disturbances + counters.silences
        commands.append(.log(.info, "\(name): listens anew, \(reason); \(count) times so far"))
    }
}
