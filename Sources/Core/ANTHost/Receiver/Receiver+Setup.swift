internal import Wire

/// From the open device to the first broadcast.
extension Receiver {
    /// How long a stick may take for its start-up message, and how often it is asked. Doubled each time, so
    /// that one which answers late is not asked again and again.
    private static let startUpPatience = 800 * Nanoseconds.millisecond
    private static let startUpAttempts = 3
    /// The wait after the start-up message, in which late answers drain. Source: gateway reference, pain 26.
    private static let settleTime = 500 * Nanoseconds.millisecond
    private static let answerPatience = 500 * Nanoseconds.millisecond
    private static let answerAttempts = 3
    /// Data messages without a sender in a row, after which the older command is tried.
    private static let anonymousLimit = 16
    private static let overflowInterval = 10 * Nanoseconds.minute

    /// Opens the device; whether it opens is told by ``opened(at:)`` or ``failed(_:at:)``.
    mutating func open(at time: Instant) {
        commands.append(.open)
        (phase, deadline) = (.opening, time + Self.openPatience)
    }

    /// Resets the stick, whatever state it is in, and sets it up.
    mutating func startOver(at time: Instant) { reset(attempt: 0, at: time) }

    private mutating func reset(attempt: Int, at time: Instant) {
        // The zero bytes end whatever a former host left unfinished in the stick's parser.
        commands.append(.send(Array(repeating: 0, count: 15)))
        send(Message(.reset, 0))
        (phase, deadline) = (.starting(attempt: attempt), time + Self.startUpPatience << Int64(attempt))
        lastData = nil
        anonymous = 0
    }

    mutating func startUpIsLate(_ attempt: Int, at time: Instant) {
        // While it is being brought back, each step gets one attempt: the next step comes soon enough.
        let attempts = trouble.step == nil ? Self.startUpAttempts : 1
        if attempt + 1 < attempts {
            reset(attempt: attempt + 1, at: time)
        } else {
            recover("no start-up message after a reset", at: time)
        }
    }

    /// Takes in a message that is no broadcast.
    mutating func take(_ message: Message, at time: Instant) {
        switch (Notice(message), phase) {
        case (.started, .starting), (.started, .settling):
            (phase, deadline) = (.settling, time + Self.settleTime)
        case (.started, .configuring), (.started, .listening), (.started, .probing):
            counters.restarts += 1
            commands.append(.log(.warning, "the stick restarted by itself; it is set up again"))
            (phase, deadline) = (.settling, time + Self.settleTime)
        case (.event(_, let event), _): take(event, at: time)
        case (.response(_, let id, let code), .configuring(let step, let attempt)):
            guard id == step.message(settings, legacy: isLegacy).id else { return }
            take(code: code, to: step, attempt: attempt, at: time)
        case (.serialError, _): counters.serialErrors += 1
        case (let notice, let phase):
            notice.map { note($0) }
            if message.id == .capabilities { noteCapabilities(message) }
            if message.id == .channelStatus { noteChannel(message, at: time) }
            if case .configuring(let step, _) = phase, step.isAnswered(by: message) {
                configure(after: step, at: time)
            }
        }
    }

    mutating func configure(_ step: SetupStep, attempt: Int = 0, at time: Instant) {
        send(step.message(settings, legacy: isLegacy))
        (phase, deadline) = (.configuring(step, attempt: attempt), time + Self.answerPatience)
    }

    private mutating func configure(after step: SetupStep, at time: Instant) {
        if step == .capabilities, description.canScan == false {
            return giveUp("this stick cannot scan continuously; use an ANTUSB2 or ANTUSB-m", at: time)
        }
        if let next = step.next { configure(next, at: time) } else { beginListening(at: time) }
    }

    mutating func answerIsLate(_ step: SetupStep, _ attempt: Int, at time: Instant) {
        if attempt + 1 < Self.answerAttempts {
            configure(step, attempt: attempt + 1, at: time)
        } else if step.isOptional {
            configure(after: step, at: time)
        } else {
            recover("no answer during set-up", at: time)
        }
    }

    private mutating func take(code: UInt8, to step: SetupStep, attempt: Int, at time: Instant) {
        if step.isDone(byCode: code, isRepeated: attempt > 0) || step.isOptional {
            return configure(after: step, at: time)
        }
        if step == .extendedMessages, !isLegacy {
            isLegacy = true
            return configure(step, at: time)
        }
        switch step {
        case .openScan where code == 40:
            giveUp("this stick cannot scan continuously; use an ANTUSB2 or ANTUSB-m", at: time)
        case .extendedMessages:
            giveUp("this stick cannot tell who sent a message; use an ANTUSB2 or ANTUSB-m", at: time)
        case .networkKey where code == 40 || code == 41:
            giveUp("the stick refused the network key; check radios.ant.network_key", at: time)
        default: recover("a command was refused with code \(code)", at: time)
        }
    }

    private mutating func giveUp(_ reason: String, at time: Instant) {
        commands.append(.log(.warning, reason))
        (phase, deadline) = (.unusable(reason), nil)
    }

    private mutating func noteCapabilities(_ message: Message) {
        // Byte 4, advanced options 2: bit 2 continuous scan mode. Old firmware sends fewer bytes.
        let scanMode: UInt8 = 1 << 2
        description.canScan = message.data.count > 4 ? message.data[4] & scanMode != 0 : nil
    }

    private mutating func note(_ notice: Notice) {
        switch notice {
        case .capabilities(let channels, let networks):
            (description.channels, description.networks) = (channels, networks)
        case .version(let name): description.firmware = name
        case .serialNumber(let number): description.serial = number
        case .started, .event, .response, .serialError: break
        }
    }

    /// The stick does not say who sends, although it said that it would.
    mutating func noteAnonymous(at time: Instant) {
        counters.anonymous += 1
        anonymous += 1
        guard phase == .listening, anonymous == Self.anonymousLimit else { return }
        guard !isLegacy else {
            return giveUp("this stick does not tell who sent a message; use an ANTUSB2 or ANTUSB-m", at: time)
        }
        isLegacy = true
        startOver(at: time)
    }

    private mutating func take(_ event: ChannelEvent, at time: Instant) {
        switch event {
        case .queueOverflow, .serialQueueOverflow:
            counters.overflows += 1
            guard overflowToldUntil.map({ $0 <= time }) ?? true else { return }
            overflowToldUntil = time + Self.overflowInterval
            commands.append(
                .log(
                    .warning,
                    "more messages than the stick can pass on: some are lost. "
                        + "Plug in a second stick and share the device types (radios.ant.sticks)"
                )
            )
        case .channelClosed where phase == .listening || phase == .probing:
            recover("the stick closed its channel", at: time)
        default: break
        }
    }
}
