internal import ANTHost
internal import Glibc
public import Reactor
public import USB
internal import Wire

/// A stick on the USB bus.
///
/// What is asked for is done one after the other, because a device has to be closed before it can be opened
/// again, and closing takes a moment.
@Reactor
public final class USBStickPort: StickPort {
    public var listener: (@Reactor (StickEvent) -> Void)?

    /// How long, and how often, to look for a device that a reset has sent away. Chosen: the receiver waits
    /// 5 s for an answer, a power cycle takes one of them.
    private static let returnPatience: UInt64 = 3_000_000  // µs
    private static let returnInterval: UInt64 = 200_000  // µs

    private let port: USBPort
    private var device: USBDevice?
    /// What is being done; the next step waits for it.
    private var work: Task<Void, Never>?
    /// Counts what was asked for: answers to anything but the newest are nobody's.
    private var turn = 0

    public init(_ port: USBPort) { self.port = port }

    public func open() { begin(nil) }
    public func reset() { begin { await USBDevice.reset($0) } }
    public func cyclePower() { begin { await USBDevice.cyclePower($0) } }

    public func send(_ bytes: [UInt8]) {
        // What does not fit is a command that gets no answer, and the receiver sees to those.
        _ = device?.send(bytes)
    }

    public func close() {
        turn += 1
        then { [self] in await release() }
    }

    /// Closes, takes `step`, opens.
    private func begin(_ step: (@Reactor (USBPort) async -> USBError?)?) {
        turn += 1
        let turn = self.turn
        then { [self] in
            await release()
            guard turn == self.turn else { return }
            if let step, let error = await step(port) { return tell(error, turn) }
            let patience = step == nil ? 0 : Self.returnPatience
            openDevice(turn, until: EventSource.now() + patience)
        }
    }

    private func then(_ step: @escaping @Reactor () async -> Void) {
        let before = work
        work = Task { @Reactor in
            await before?.value
            await step()
        }
    }

    private func release() async {
        guard let device else { return }
        self.device = nil
        await device.close()
    }

    private func openDevice(_ turn: Int, until deadline: UInt64) {
        guard turn == self.turn else { return }
        let device = USBDevice(port) { [weak self] event in self?.take(event, turn, deadline) }
        self.device = device
        device.open()
    }

    private func take(_ event: USBDevice.Event, _ turn: Int, _ deadline: UInt64) {
        guard turn == self.turn else { return }
        switch event {
        case .opened: listener?(.opened)
        case .received(let bytes, let time):
            listener?(.received(bytes, at: Instant(nanoseconds: time)))
        case .closed(let error):
            device = nil
            // After a reset it takes a moment to come back, and another until udev has set up its node.
            guard EventSource.now() < deadline, error.passesAfterReset else { return tell(error, turn) }
            Reactor.schedule(afterMicroseconds: Self.returnInterval) { [self] in
                openDevice(turn, until: deadline)
            }
        }
    }

    private func tell(_ error: USBError, _ turn: Int) {
        guard turn == self.turn else { return }
        listener?(.failed(PortFailure(error), reason: "\(error)"))
    }
}

extension USBError {
    fileprivate var passesAfterReset: Bool {
        switch self {
        case .gone, .denied, .hidden, .io: true
        case .busy, .stalled, .timedOut, .unsupported: false
        }
    }
}

extension PortFailure {
    init(_ error: USBError) {
        self =
            switch error {
            case .gone: .gone
            case .busy: .busy
            case .denied, .hidden: .denied
            case .stalled: .stalled
            case .timedOut: .io(ETIMEDOUT)
            case .unsupported: .unsupported
            case .io(let number): .io(number)
            }
    }
}
