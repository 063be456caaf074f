public import Wire

/// The host of one ANT stick: brings it into continuous scan mode, keeps it there, and turns what it sends
/// into frames.
///
/// A value without a clock or a device: what happened goes in, what to do comes out as ``Command``s. One
/// receiver lives as long as the gateway knows its stick, through unplugging, errors and restarts.
///
///     absent ─ attached ─▶ opening ─▶ starting ─▶ settling ─▶ configuring ─▶ listening ⇄ probing
///        ▲                   ▲            │                        │              │
///        └──── gone ─────────┴────────────┴────── recovery ◀───────┴──────────────┘
///
/// What counts as alive is messages from the stick, not the state of a device file: after a silence the stick
/// is asked how its channel is, and when it does not answer, ``RecoveryStep``s follow, one stronger than the
/// other, and then again at growing intervals. It never gives up.
///
/// - Source: the project's gateway reference, section 4.2 (what breaks with ANT sticks), for the order of the
///   steps and the wait after a reset.
public struct Receiver: Sendable {
    public struct Settings: Hashable, Sendable {
        public var networkKey: NetworkKey
        /// Frames of other device types are dropped; empty: none are. A single type is filtered by the stick.
        public var deviceTypes: [UInt8]

        public init(networkKey: NetworkKey, deviceTypes: [UInt8] = []) {
            (self.networkKey, self.deviceTypes) = (networkKey, deviceTypes)
        }

        /// The device type that the stick itself filters by; 0 for all.
        var deviceTypeOfStick: UInt8 { deviceTypes.count == 1 ? deviceTypes[0] : 0 }
    }

    /// What there is to do with the device.
    public enum Command: Hashable, Sendable {
        /// Answer with ``Receiver/opened(at:)`` or ``Receiver/failed(_:at:)``.
        case open
        case close
        /// A frame for the bulk endpoint.
        case send([UInt8])
        /// Reset the USB device, which may take seconds; answer as to ``open``.
        case resetDevice
        /// Take the power from the device's port for a moment; answer as to ``open``.
        case cyclePower
        case log(Notability, String)
    }

    public enum Notability: Hashable, Sendable { case info, warning }

    /// What the operator sees.
    public enum State: Hashable, Sendable {
        /// Not plugged in.
        case absent
        case starting
        case listening
        /// Silent, and being brought back.
        case recovering
        /// It cannot do what is needed; the text says why, and what to do.
        case unusable(String)
    }

    enum Phase: Hashable, Sendable {
        case absent
        /// Opens at the phase's deadline.
        case closed
        /// Asked the device for something; answers are ``opened(at:)`` and ``failed(_:at:)``.
        case opening
        /// A reset is sent; the start-up message should come.
        case starting(attempt: Int)
        /// It came; further ones and late answers are let by.
        case settling
        case configuring(SetupStep, attempt: Int)
        case listening
        /// Silent; asked for the state of its channel.
        case probing
        case unusable(String)
    }

    public internal(set) var settings: Settings
    public internal(set) var counters = Counters()
    /// What the stick said about itself.
    public internal(set) var description = StickDescription()
    /// What there is to do, oldest first.
    public internal(set) var commands: [Command] = []

    let source: SourceIndex
    var parser = FrameParser()
    var phase = Phase.absent
    /// When the phase ends by itself.
    var deadline: Instant?
    /// When the newest message came, and the newest data message since the last reset.
    var lastMessage: Instant
    var lastData: Instant?
    /// When the newest set-up was complete.
    var listeningSince: Instant
    /// The state of the channel right after set-up.
    var healthyStatus: UInt8?
    /// Whether it was told that nobody is heard.
    var isDeafnessTold = false
    var trouble = Trouble()
    /// Whether this stick knows only the older command for extended messages.
    var isLegacy = false
    /// Data messages without a sender, in a row.
    var anonymous = 0
    /// Until when nothing more is said about overflows.
    var overflowToldUntil: Instant?

    /// - Parameters:
    ///   - settings: What to hear, and with which key.
    ///   - source: What frames carry as their source.
    ///   - time: Now.
    public init(settings: Settings, source: SourceIndex, at time: Instant) {
        (self.settings, self.source) = (settings, source)
        (lastMessage, listeningSince) = (time, time)
    }

    public var state: State {
        switch phase {
        case .absent: .absent
        case .unusable(let reason): .unusable(reason)
        case .listening, .probing: trouble.since == nil ? .listening : .recovering
        case .closed, .opening, .starting, .settling, .configuring:
            trouble.since == nil ? .starting : .recovering
        }
    }

    /// When ``advance(to:)`` is due next; `nil` while only the device can bring news.
    public var nextWake: Instant? { deadline }

    /// Hands over what there is to do. `buffer` is emptied and changes places with ``commands``, so that
    /// neither grows anew.
    public mutating func takeCommands(into buffer: inout [Command]) {
        buffer.removeAll(keepingCapacity: true)
        swap(&buffer, &commands)
    }

    /// Takes over other settings; a stick that runs is set up anew.
    public mutating func apply(_ settings: Settings, at time: Instant) {
        guard settings != self.settings else { return }
        self.settings = settings
        switch phase {
        case .absent, .closed, .opening, .starting, .settling: break
        case .configuring, .listening, .probing, .unusable: startOver(at: time)
        }
    }

    // MARK: The device

    /// The stick was plugged in.
    public mutating func attached(at time: Instant) {
        guard phase == .absent else { return }
        trouble = Trouble()
        isLegacy = false
        open(at: time)
    }

    /// The device is open and its endpoints can be used.
    public mutating func opened(at time: Instant) {
        guard phase == .opening else { return }
        parser.reset()
        trouble.lastFailure = nil
        startOver(at: time)
    }

    /// The device refused or broke.
    public mutating func failed(_ failure: PortFailure, at time: Instant) {
        switch failure {
        case .gone: detached()
        case .denied, .busy, .unsupported, .stalled, .io:
            guard phase != .absent, phase != .closed else { return }
            fail(failure, at: time)
        }
    }

    /// The stick was unplugged. Safe to call when it already counts as absent.
    public mutating func detached() {
        guard phase != .absent else { return }
        commands.append(.close)
        commands.append(.log(.info, "unplugged"))
        (phase, deadline, lastData) = (.absent, nil, nil)
        trouble = Trouble()
    }

    /// The gateway stops or no longer wants the stick.
    public mutating func stop() {
        guard phase != .absent else { return }
        if phase == .listening { send(Message(.reset, 0)) }
        commands.append(.close)
        (phase, deadline, lastData) = (.absent, nil, nil)
    }

    // MARK: Bytes and time

    /// Takes in one bulk transfer and hands every frame in it to `body`. Allocates nothing.
    ///
    /// - Returns: Whether the transfer was nothing but whole frames of known sensors, wanted or not.
    public mutating func receive(
        _ bytes: UnsafeRawBufferPointer,
        at time: Instant,
        _ body: (Frame) -> Void
    ) -> Bool {
        guard !bytes.isEmpty else { return true }
        counters.transfers += 1
        counters.bytes += UInt64(bytes.count)
        let (damage, messages) = (parser.damagedRegions, parser.frames)
        var isPlain = parser.pendingBytes == 0
        var parser = self.parser
        parser.receive(bytes) { message in
            guard let broadcast = Broadcast(message) else {
                isPlain = false
                return take(message, at: time)
            }
            let filtered = counters.filtered
            if let frame = take(broadcast, at: time) {
                body(frame)
            } else if counters.filtered == filtered {
                isPlain = false
            }
        }
        self.parser = parser
        counters.damagedRegions += parser.damagedRegions - damage
        if parser.frames > messages {
            lastMessage = time
            if phase == .probing { listen(at: time) }
        }
        return isPlain && parser.pendingBytes == 0 && parser.damagedRegions == damage
    }

    /// A data message: counted, and a frame when its sender is known and wanted.
    private mutating func take(_ broadcast: Broadcast, at time: Instant) -> Frame? {
        counters.messages += 1
        guard let frame = broadcast.frame(at: time, source: source) else {
            if broadcast.channelID == nil { noteAnonymous(at: time) }
            return nil
        }
        anonymous = 0
        (lastData, isDeafnessTold) = (time, false)
        if trouble.since != nil, phase == .listening || phase == .probing { endTrouble(at: time) }
        guard case .ant(_, let type) = frame.sensor.kind, isWanted(type) else {
            counters.filtered += 1
            return nil
        }
        counters.frames += 1
        return frame
    }

    private func isWanted(_ type: UInt8) -> Bool {
        settings.deviceTypes.isEmpty || settings.deviceTypes.contains(type)
    }

    /// It is `now`: ends the phase when its time is over.
    public mutating func advance(to now: Instant) {
        guard let deadline, deadline <= now else { return }
        switch phase {
        case .absent, .unusable: self.deadline = nil
        case .closed: open(at: now)
        case .opening: fail(.io(0), at: now)
        case .starting(let attempt): startUpIsLate(attempt, at: now)
        case .settling: configure(.capabilities, at: now)
        case .configuring(let step, let attempt): answerIsLate(step, attempt, at: now)
        case .listening: watch(at: now)
        case .probing: recover("no answer after a silence", at: now)
        }
    }

    mutating func send(_ message: Message) {
        // Two zero bytes after each frame, as every host program sends them.
        commands.append(.send(message.frame + [0, 0]))
    }
}

extension Receiver {
    /// What happened, since the receiver was made.
    public struct Counters: Hashable, Sendable {
        public var transfers: UInt64 = 0
        public var bytes: UInt64 = 0
        /// Data messages, and those of them that became frames.
        public var messages: UInt64 = 0
        public var frames: UInt64 = 0
        /// Data messages of device types that this stick is not to hear.
        public var filtered: UInt64 = 0
        /// Data messages that did not say who sent them.
        public var anonymous: UInt64 = 0
        /// Contiguous regions of bytes that belong to no frame.
        public var damagedRegions: UInt64 = 0
        /// Times at which the stick said that its queue overflowed.
        public var overflows: UInt64 = 0
        /// Times at which the stick said that it lost bytes from the host.
        public var serialErrors: UInt64 = 0
        /// Restarts that nobody asked for.
        public var restarts: UInt64 = 0
        /// Times at which listening began.
        public var starts: UInt64 = 0
        /// Recovery steps taken, by ``RecoveryStep``.
        public var recoveries = RecoveryCounts()

        public init() {}
    }

    /// What a stick says about itself when asked.
    public struct StickDescription: Hashable, Sendable {
        public var channels: UInt8?
        public var networks: UInt8?
        public var firmware: Payload?
        public var serial: UInt32?
        /// Whether it says that it can scan continuously; `nil` when it does not say.
        public var canScan: Bool?
    }
}
