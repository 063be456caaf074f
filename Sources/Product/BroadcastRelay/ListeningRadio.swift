internal import Glibc
import HCI
import HCIHost
import Reactor
import Wire

/// One adapter with its socket, for a ``Listener``.
@Reactor
final class ListeningRadio {
    private(set) var adapter: HCIAdapter
    private(set) var listener: Listener
    private(set) var failure = RelayPacket.Failure.none
    private let bus: HCIBus
    private let report: @Reactor (RelayPacket.Report) -> Void
    private let changed: @Reactor () -> Void
    private let log: Relay.Log
    private var toldState = Listener.State.absent
    private var socket: HCISocket?
    private var source: EventSource?
    private var timer: EventSource?
    private var commands: [Listener.Command] = []
    private var isCarryingOut = false
    private var buffer = [UInt8](repeating: 0, count: HCISocket.packetMaximum)

    /// Packets taken in one turn, so that nothing else starves.
    private static let packetsInTurn = 64

    /// - Parameters:
    ///   - adapter: Which.
    ///   - bus: The way to it.
    ///   - report: Gets what is heard.
    ///   - changed: Called when the listener's state is another one.
    ///   - log: Gets lines.
    init(
        _ adapter: HCIAdapter,
        bus: HCIBus,
        report: @escaping @Reactor (RelayPacket.Report) -> Void,
        changed: @escaping @Reactor () -> Void,
        log: @escaping Relay.Log
    ) {
        (self.adapter, self.bus) = (adapter, bus)
        (self.report, self.changed, self.log) = (report, changed, log)
        listener = Listener(name: adapter.name)
        timer = EventSource.timer { [unowned self] in
            listener.advance(to: Self.now)
            carryOut()
        }
    }

    private static var now: Instant { Instant(nanoseconds: Int64(EventSource.now()) * 1_000) }

    /// The adapter is there and switched on, perhaps under another number than before.
    func appear(as adapter: HCIAdapter) {
        self.adapter = adapter
        listener.appeared(at: Self.now)
        carryOut()
    }

    /// The adapter is gone or switched off.
    func leave() {
        listener.gone()
        carryOut()
    }

    /// Nobody wants to hear any more.
    func stop() {
        listener.stop()
        carryOut()
    }

    /// The helper stops; the radio is of no use any more.
    func end() {
        stop()
        timer?.cancel()
        timer = nil
    }

    private func carryOut() {
        guard !isCarryingOut else { return }
        isCarryingOut = true
        while !listener.commands.isEmpty {
            listener.takeCommands(into: &commands)
            for command in commands { carryOut(command) }
        }
        isCarryingOut = false
        if listener.state != toldState {
            toldState = listener.state
            changed()
        }
        if let wake = listener.nextWake {
            timer?.set(atMicroseconds: UInt64(max(0, wake.nanoseconds)) / 1_000 + 1)
        }
    }

    private func carryOut(_ command: Listener.Command) {
        switch command {
        case .open: open()
        case .close: close()
        case .send(let packet):
            do throws(HCIError) {
                try socket?.send(packet)
            } catch {
                fail(error)
            }
        case .log(let notability, let text): log(notability, text)
        }
    }

    private func open() {
        do throws(HCIError) {
            let socket = try bus.open(adapter)
            self.socket = socket
            failure = .none
            source = EventSource.descriptor(socket.descriptor, .read) { [unowned self] _ in drain() }
            listener.opened(at: Self.now)
        } catch {
            fail(error)
        }
    }

    private func close() {
        source?.cancel()
        (source, socket) = (nil, nil)
    }

    private func fail(_ error: HCIError) {
        failure = RelayPacket.Failure(error)
        listener.failed(Listener.Failure(error), at: Self.now)
    }

    private func drain() {
        for _ in 0..<Self.packetsInTurn {
            guard let socket else { break }
            do throws(HCIError) {
                guard let count = try socket.receive(into: &buffer) else { break }
                take(count)
            } catch {
                fail(error)
                break
            }
        }
        carryOut()
    }

    private func take(_ count: Int) {
        let (now, address) = (Self.now, adapter.address)
        buffer.withUnsafeBytes { bytes in
            listener.receive(UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: now) { advertising in
                report(RelayPacket.Report(adapter: address, time: now, advertising: advertising))
            }
        }
    }
}

extension Listener.Failure {
    init(_ error: HCIError) {
        self =
            switch error {
            case .gone: .gone
            case .denied: .denied
            case .unsupported: .io(EAFNOSUPPORT)
            case .io(let code): .io(code)
            }
    }
}
