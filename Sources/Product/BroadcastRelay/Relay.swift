import HCI
import HCIHost
import PacketSocket
import Reactor
import Wire

/// Listens with every adapter while a daemon is connected, and passes on what is heard. It decides nothing:
/// when to set a scan up is the ``Listener``'s.
@Reactor
final class Relay {
    /// Gets lines for the log.
    typealias Log = @Reactor (Listener.Notability, String) -> Void

    private let listener: PacketListener
    private let bus: HCIBus
    private let isWanted: (HCIAdapter) -> Bool
    private let log: Log
    private var source: EventSource?
    private var isRunning = false
    /// Whether it was told that connections cannot be taken.
    private var isRefusing = false
    private(set) var radios: [ListeningRadio] = []
    private(set) var connections: [RelayConnection] = []
    private var failure = RelayPacket.Failure.none

    /// Adapters come and go seldom; their list is asked for this often, and so often status is told.
    private static let interval: UInt64 = 1_000_000  // µs
    /// The daemon, the one that replaces it, a developer's tool.
    private static let connectionsMaximum = 4

    /// - Parameters:
    ///   - listener: Where daemons connect.
    ///   - bus: Where the adapters are.
    ///   - isWanted: Which of them to listen with.
    ///   - log: Gets lines.
    init(
        listener: PacketListener,
        bus: HCIBus,
        isWanted: @escaping (HCIAdapter) -> Bool = { _ in true },
        log: @escaping Log
    ) {
        (self.listener, self.bus, self.isWanted, self.log) = (listener, bus, isWanted, log)
    }

    func start() {
        isRunning = true
        source = EventSource.descriptor(listener.descriptor, .read) { [unowned self] _ in accept() }
        tick()
    }

    /// Gives the adapters back and closes every connection.
    func stop() {
        isRunning = false
        source?.cancel()
        source = nil
        for radio in radios { radio.end() }
        for connection in connections { connection.close() }
        (radios, connections) = ([], [])
    }

    private func tick() {
        guard isRunning else { return }
        source?.setInterest(.read)
        look()
        tellStatus()
        Reactor.schedule(afterMicroseconds: Self.interval) { [weak self] in self?.tick() }
    }

    // MARK: Daemons

    private func accept() {
        do throws(PacketSocketError) {
            while let socket = try listener.accept() {
                // The oldest one is the least likely to live.
                if connections.count == Self.connectionsMaximum { drop(connections[0]) }
                let connection = RelayConnection(socket) { [weak self] in self?.drop($0) }
                connections.append(connection)
                isRefusing = false
                log(.info, "a daemon is connected")
                look()
                tellStatus()
            }
        } catch {
            // Out of descriptors, say. Whoever waits keeps the socket readable: it rests until the next tick.
            source?.setInterest([])
            if !isRefusing { log(.warning, "a connection was not taken: \(error)") }
            isRefusing = true
        }
    }

    private func drop(_ connection: RelayConnection) {
        connection.close()
        connections.removeAll { $0 === connection }
        log(.info, "a daemon has gone; \(connection.queue.dropped) reports were too many for it")
        if connections.isEmpty { look() }
    }

    private func tellStatus() {
        guard !connections.isEmpty else { return }
        var statuses = radios.filter { $0.listener.state != .absent }.map { radio in
            var status = RelayPacket.Status(adapter: radio.adapter.address, state: radio.listener.state)
            status.failure = radio.failure
            status.heard = radio.listener.counters.reports
            status.rearmed = radio.listener.counters.disturbances + radio.listener.counters.silences
            return status
        }
        if statuses.isEmpty {
            let reason = failure == .none ? .absent : failure
            statuses = [RelayPacket.Status(adapter: 0, state: .absent, failure: reason)]
        }
        for connection in connections {
            for status in statuses { connection.send(status) }
        }
    }

    private func pass(_ report: RelayPacket.Report) {
        for connection in connections { connection.send(report) }
    }

    // MARK: Adapters

    /// Brings the radios in line with the adapters that are there and with whether anybody listens.
    private func look() {
        guard !connections.isEmpty else {
            for radio in radios { radio.stop() }
            return
        }
        let adapters: [HCIAdapter]
        do throws(HCIError) {
            adapters = try bus.adapters().filter { $0.isUp && $0.address != 0 && isWanted($0) }
            noteFailure(.none)
        } catch {
            noteFailure(RelayPacket.Failure(error), error)
            adapters = []
        }
        for radio in radios where !adapters.contains(radio.adapter) { radio.leave() }
        for adapter in adapters {
            // An adapter is known by its address, whatever number it comes back under.
            if let radio = radios.first(where: { $0.adapter.address == adapter.address }) {
                radio.appear(as: adapter)
            } else {
                let radio = ListeningRadio(
                    adapter,
                    bus: bus,
                    report: { [unowned self] in pass($0) },
                    changed: { [unowned self] in tellStatus() },
                    log: log
                )
                radios.append(radio)
                radio.appear(as: adapter)
            }
        }
    }

    private func noteFailure(_ failure: RelayPacket.Failure, _ error: HCIError? = nil) {
        guard failure != self.failure else { return }
        self.failure = failure
        if let error { log(.warning, "no adapter can be used: \(error)") }
    }
}

extension RelayPacket.Failure {
    init(_ error: HCIError) {
        self =
            switch error {
            case .unsupported: .unsupported
            case .denied: .denied
            case .gone: .absent
            case .io: .other
            }
    }
}
