public import Wire

/// Keeps one adapter listening to advertisements, beside bluetoothd: passively, to everybody, and to each
/// repetition.
///
/// A value without a socket or a clock. What the raw socket shows goes in as packets, what there is to do
/// comes out as ``Command``s.
///
///     absent ─ appeared ─▶ opening ─▶ arming ─▶ listening
///        ▲                   ▲          ▲ │         │
///        └────── gone ───────┴─ closed ─┘ └── disturbed, silent
///
/// The kernel owns the scan and knows nothing of ours: bluetoothd's discovery replaces it and then switches
/// it off, an attempt to connect narrows it to one sensor and then switches it off, and it never comes back
/// by itself. So whenever somebody else's command about scanning is done, or a link was made, the listener
/// waits until the commands pause, and arms again; at the latest after ``disturbancePatience``. A silence
/// where there was traffic counts as well. It never gives up.
///
/// - Source: the project's lab notes on a stock 6.1 kernel with bluetoothd 5.66.
public struct Listener: Sendable {
    public enum Command: Hashable, Sendable {
        /// Open the adapter's raw socket; answer with ``Listener/opened(at:)`` or ``Listener/failed(_:at:)``.
        case open
        case close
        /// A packet for the controller.
        case send([UInt8])
        case log(Notability, String)
    }

    public enum Notability: Hashable, Sendable { case info, warning }

    /// How the adapter is, as told to the gateway.
    public enum State: UInt8, Hashable, Sendable, CaseIterable {
        /// Not there, or nobody listens.
        case absent = 0
        case arming = 1
        case listening = 2
        /// The controller does not answer; it is tried again and again.
        case recovering = 3
        /// The socket cannot be opened.
        case unusable = 4
    }

    /// Why the socket cannot be opened or used, sorted by what helps.
    public enum Failure: Hashable, Sendable {
        /// The adapter is gone or switched off; wait for ``Listener/appeared(at:)``.
        case gone
        /// The capabilities are missing.
        case denied
        /// Anything else: an `errno`.
        case io(Int32)
    }

    enum Phase: Hashable, Sendable {
        case absent
        /// Opens at the deadline.
        case closed
        case opening
        /// Waits for the answer to a command.
        case arming(ScanCommand, attempt: Int)
        /// The controller does not answer; armed anew at the deadline.
        case paused
        case listening
    }

    /// What happened, since the listener was made.
    public struct Counters: Hashable, Sendable {
        public var reports: UInt64 = 0
        public var skippedReports: UInt64 = 0
        public var damagedEvents: UInt64 = 0
        /// Times at which the controller was set up, for whatever reason.
        public var armings: UInt64 = 0
        /// Of these, because somebody else changed the scan, and because of a silence.
        public var disturbances: UInt64 = 0
        public var silences: UInt64 = 0
        /// Set-ups that failed.
        public var failures: UInt64 = 0

        public init() {}
    }

    /// Somebody else's commands about scanning that are not answered by arming yet.
    struct Disturbance: Hashable, Sendable {
        var first: Instant
        var last: Instant
    }

    /// So long after the last of somebody's commands the listener arms again: the kernel sends three in a
    /// row.
    static let settleTime = 300 * Nanoseconds.millisecond
    /// So long after the first of them at the latest; with the time to arm, less than the 2 s of the goal.
    static let disturbancePatience = 1_200 * Nanoseconds.millisecond
    /// The same while a link is being made, which a scan might disturb.
    static let connectPatience = 1_500 * Nanoseconds.millisecond
    /// Between two armings, whoever wants what.
    static let armInterval = Nanoseconds.second

    public internal(set) var counters = Counters()
    /// What there is to do, oldest first.
    public internal(set) var commands: [Command] = []

    /// For logs.
    let name: String
    var phase = Phase.absent
    /// When the phase ends by itself.
    var deadline: Instant?
    var form: ScanCommand.Form?
    /// Whether somebody else used this form, which settles it.
    var isFormSeen = false
    var disturbance: Disturbance?
    /// Since when somebody makes a link.
    var connectingSince: Instant?
    var armed: Instant?
    var lastReport: Instant?
    /// The mean time between reports, a running one.
    var meanGap = Nanoseconds.second
    var silencePatience = Listener.quietPatience
    /// Set-ups that failed in a row.
    var failures = 0
    var lastFailure: Failure?
    var isRearmingToldUntil: Instant?

    /// - Parameter name: Of the adapter, for logs.
    public init(name: String) { self.name = name }

    public var state: State {
        switch phase {
        case .absent: .absent
        case .closed, .opening: lastFailure == nil ? .arming : .unusable
        case .paused: .recovering
        case .arming: failures == 0 ? .arming : .recovering
        case .listening: .listening
        }
    }

    /// When ``advance(to:)`` is due next; `nil` while the adapter is absent.
    public var nextWake: Instant? { deadline }

    /// Hands over what there is to do. `buffer` is emptied and changes places with ``commands``.
    public mutating func takeCommands(into buffer: inout [Command]) {
        buffer.removeAll(keepingCapacity: true)
        swap(&buffer, &commands)
    }

    // MARK: The adapter

    /// The adapter is there and switched on, and somebody wants to hear with it.
    public mutating func appeared(at time: Instant) {
        guard phase == .absent else { return }
        failures = 0
        open(at: time)
    }

    /// The socket is open.
    public mutating func opened(at time: Instant) {
        guard phase == .opening else { return }
        lastFailure = nil
        arm(attempt: 0, at: time)
    }

    /// The socket does not open, or broke.
    public mutating func failed(_ failure: Failure, at time: Instant) {
        guard phase != .absent else { return }
        switch failure {
        case .gone: gone()
        case .denied, .io:
            if failure != lastFailure { commands.append(.log(.warning, "\(name): \(failure.cure)")) }
            lastFailure = failure
            commands.append(.close)
            (phase, deadline) = (.closed, time + pause())
        }
    }

    /// The adapter is gone or switched off.
    public mutating func gone() {
        guard phase != .absent else { return }
        commands.append(.close)
        commands.append(.log(.info, "\(name): gone or switched off"))
        forget()
    }

    /// Nobody wants to hear any more: switches the scan off that this listener switched on.
    public mutating func stop() {
        guard phase != .absent else { return }
        if let form, armed != nil, disturbance == nil {
            commands.append(.send(ScanCommand.disable.packet(form)))
        }
        commands.append(.close)
        forget()
    }

    private mutating func forget() {
        (phase, deadline, form, isFormSeen) = (.absent, nil, nil, false)
        (disturbance, connectingSince, armed, lastReport) = (nil, nil, nil, nil)
        (failures, lastFailure, silencePatience) = (0, nil, Self.quietPatience)
        meanGap = .second
    }

    mutating func open(at time: Instant) {
        (phase, deadline) = (.opening, nil)
        commands.append(.open)
    }

    // MARK: Packets and time

    /// Takes in one packet of the raw socket and hands the reports in it to `body`. Allocates nothing for
    /// advertisements.
    public mutating func receive(
        _ packet: UnsafeRawBufferPointer,
        at time: Instant,
        _ body: (AdvertisingReport) -> Void
    ) {
        if let count = AdvertisingReports.read(packet: packet, body) {
            counters.skippedReports += UInt64(count.skipped)
            if count.isDamaged { counters.damagedEvents += 1 }
            guard count.taken > 0 else { return }
            counters.reports += UInt64(count.taken)
            return heard(count.taken, at: time)
        }
        guard let news = ControllerNews(packet) else { return }
        take(news, at: time)
    }

    /// It is `now`: ends the phase when its time is over.
    public mutating func advance(to now: Instant) {
        guard let deadline, deadline <= now else { return }
        switch phase {
        case .absent, .opening: self.deadline = nil
        case .closed: open(at: now)
        case .paused: arm(attempt: 0, at: now)
        case .arming(let step, let attempt): armingFailed("no answer to \(step)", attempt, at: now)
        case .listening: watch(at: now)
        }
    }
}

extension AdvertisingReports {
    /// The same for a whole packet; `nil` when it is none of an LE Meta event with advertisements.
    static func read(packet: UnsafeRawBufferPointer, _ body: (AdvertisingReport) -> Void) -> ReportCount? {
        guard packet.count > 3, packet[0] == PacketType.event, packet[1] == 0x3E else { return nil }
        let end = 3 + Int(packet[2])
        guard end <= packet.count else { return nil }
        return read(UnsafeRawBufferPointer(rebasing: packet[3..<end]), body)
    }
}

extension Listener.Failure {
    /// What is wrong, and what to do about it.
    var cure: String {
        switch self {
        case .gone: "gone or switched off"
        case .denied: "listening is not permitted: the process needs CAP_NET_RAW and CAP_NET_ADMIN"
        case .io(let code): "the adapter cannot be used, error \(code)"
        }
    }
}
