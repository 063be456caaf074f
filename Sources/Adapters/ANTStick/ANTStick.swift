public import ANTHost
public import Reactor
public import USB
public import Wire

/// What sticks tell the gateway.
@Reactor
public protocol StickListener: AnyObject {
    /// A stick that was not here before: what to call it, and what its frames carry as their source; `nil`
    /// when there is no number left.
    func addSource(serial: String?) -> (name: String, index: SourceIndex)?
    func take(_ transfer: StickTransfer)
    func log(_ notability: Receiver.Notability, _ text: String)
}

/// One bulk transfer of a stick and what was in it.
public struct StickTransfer {
    public let source: SourceIndex
    public let time: Instant
    /// Valid during the call that hands them over.
    public let bytes: UnsafeRawBufferPointer
    public let frames: [Frame]
    /// Whether the frames say all that the bytes did.
    public let isPlain: Bool
}

/// One stick, from its first plugging in to the end of the daemon: a ``Receiver`` with its port and the time.
@Reactor
public final class ANTStick {
    public nonisolated let name: String
    public nonisolated let source: SourceIndex
    /// Where it is plugged in, or was last.
    public private(set) var port: USBPort
    public private(set) var isPlugged = false
    public private(set) var receiver: Receiver

    private unowned let listener: any StickListener
    private let makePort: @Reactor (USBPort) -> any StickPort
    private var device: (any StickPort)?
    private var timer: EventSource?
    private var commands: [Receiver.Command] = []
    private var frames: [Frame] = []
    /// Whether a reset of the device or of its power is under way, which may look like pulling and plugging.
    private var isBeingReset = false
    /// What the system said last, and whether it was told that the socket's power cannot be switched, which
    /// does not change.
    private var toldReason = ""
    private var isPowerTold = false

    /// When a device that is on the bus and cannot be found is asked for again: doubled each time, to 64 s.
    private static let retryPause: UInt64 = 2_000_000  // µs
    private var retries = 0

    init(
        name: String,
        source: SourceIndex,
        port: USBPort,
        settings: Receiver.Settings,
        listener: any StickListener,
        makePort: @escaping @Reactor (USBPort) -> any StickPort
    ) {
        (self.name, self.source, self.port) = (name, source, port)
        (self.listener, self.makePort) = (listener, makePort)
        receiver = Receiver(settings: settings, source: source, at: Self.now())
        frames.reserveCapacity(8)
    }

    /// It was plugged in, or is to be used from now on.
    func attach(_ port: USBPort, _ settings: Receiver.Settings) {
        let isHere = self.port.isSameDevice(as: port)
        let isAnew = !isHere || self.port.number != port.number || device == nil
        (self.port, isPlugged) = (port, true)
        receiver.apply(settings, at: Self.now())
        // A reset changes the number at most, and the port finds that out by itself.
        guard !isBeingReset || !isHere else { return carryOut() }
        if isAnew {
            isBeingReset = false
            receiver.detached()
            renewDevice()
        }
        receiver.attached(at: Self.now())
        carryOut()
    }

    /// It was pulled.
    func detach() {
        isPlugged = false
        guard !isBeingReset else { return }
        receiver.detached()
        carryOut()
    }

    /// Something about its device node or its driver changed while it could not be opened.
    func retry() {
        guard isPlugged, receiver.state == .absent else { return }
        receiver.attached(at: Self.now())
        carryOut()
    }

    /// It is not to be used, for now or for ever.
    func stop() {
        receiver.stop()
        isBeingReset = false
        carryOut()
    }

    private func renewDevice() {
        device?.listener = nil
        device?.close()
        let device = makePort(port)
        device.listener = { [weak self] in self?.take($0) }
        self.device = device
    }

    private func take(_ event: StickEvent) {
        switch event {
        case .opened:
            isBeingReset = false
            (toldReason, retries) = ("", 0)
            receiver.opened(at: Self.now())
        case .received(let bytes, let time): receive(bytes, at: time)
        case .failed(let failure, let reason): fail(failure, reason)
        }
        carryOut()
    }

    private func receive(_ bytes: UnsafeRawBufferPointer, at time: Instant) {
        frames.removeAll(keepingCapacity: true)
        let isPlain = receiver.receive(bytes, at: time) { frames.append($0) }
        listener.take(
            StickTransfer(source: source, time: time, bytes: bytes, frames: frames, isPlain: isPlain)
        )
    }

    private func fail(_ failure: PortFailure, _ reason: String) {
        isBeingReset = false
        switch failure {
        case .busy, .denied, .io:
            // The receiver says what to do; this is what the system said.
            if reason != toldReason { tell(.info, reason) }
            toldReason = reason
        case .unsupported:
            if !isPowerTold { tell(.info, reason) }
            isPowerTold = true
        case .gone, .stalled: break
        }
        if isPlugged { receiver.failed(failure, at: Self.now()) } else { receiver.detached() }
        guard failure == .gone, isPlugged else { return }
        // It may be on its way out, which the bus tells soon, or between two attachments.
        let pause = Self.retryPause << UInt64(min(retries, 5))
        retries += 1
        Reactor.schedule(afterMicroseconds: pause) { [weak self] in self?.retry() }
    }

    /// Does what the receiver asks for, in order, until it asks for nothing more.
    private func carryOut() {
        while !receiver.commands.isEmpty {
            receiver.takeCommands(into: &commands)
            for index in commands.indices { carryOut(commands[index]) }
        }
        arm()
    }

    private func carryOut(_ command: Receiver.Command) {
        switch command {
        case .open:
            isBeingReset = false
            device?.open()
        case .close:
            isBeingReset = false
            device?.close()
        case .send(let bytes): device?.send(bytes)
        case .resetDevice:
            isBeingReset = true
            device?.reset()
        case .cyclePower:
            isBeingReset = true
            device?.cyclePower()
        case .log(let notability, let text): tell(notability, text)
        }
    }

    private func tell(_ notability: Receiver.Notability, _ text: String) {
        listener.log(notability, "\(name) (\(port.title)): \(text).")
    }

    private func arm() {
        guard let wake = receiver.nextWake else { return }
        if timer == nil {
            timer = EventSource.timer(accuracyMicroseconds: 5_000) { [weak self] in self?.advance() }
        }
        timer?.set(atMicroseconds: UInt64(max(0, wake.nanoseconds)) / 1_000 + 1)
    }

    private func advance() {
        // What the receiver asked for before may have ended with the stick away.
        if !isPlugged, !isBeingReset { receiver.detached() }
        receiver.advance(to: Self.now())
        carryOut()
    }

    private static func now() -> Instant { Instant(nanoseconds: Int64(EventSource.now()) * 1_000) }
}

extension USBPort {
    /// What tells one stick from another in a log.
    var title: String { (serial.map { "serial \($0), " } ?? "") + "USB \(path)" }
}
