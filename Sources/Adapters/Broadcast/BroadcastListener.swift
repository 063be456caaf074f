public import HCIHost
internal import PacketSocket
public import Reactor
public import Wire

/// What `touchline-hci` hears, as frames: connects to its socket, and again when it went.
///
/// It is not there on many gateways, which is no fault: it is looked for once a second.
@Reactor
public final class BroadcastListener {
    /// What the daemon does for the adapter.
    public struct Hooks {
        /// Gets each frame.
        public var frame: @Reactor (Frame) -> Void
        /// The source of an adapter with this address, six octets as text; `nil` when there are too many.
        public var source: @Reactor (String) -> SourceIndex?
        public var log: @Reactor (Listener.Notability, String) -> Void

        public init(
            frame: @escaping @Reactor (Frame) -> Void,
            source: @escaping @Reactor (String) -> SourceIndex?,
            log: @escaping @Reactor (Listener.Notability, String) -> Void
        ) {
            (self.frame, self.source, self.log) = (frame, source, log)
        }
    }

    /// Where the unit of `touchline-hci` puts its socket.
    public nonisolated static let defaultPath = "/run/touchline-hci/reports.sock"

    /// The newest status of each adapter, in the order of their first one.
    public private(set) var adapters: [RelayPacket.Status] = []
    /// Reports that came, since the start.
    public private(set) var reports: UInt64 = 0
    public var isConnected: Bool { socket != nil }
    /// Called when the connection came or went, or something was heard: for a ``HCIHost/BroadcastRoute``.
    public var onEvent: (@Reactor (BroadcastRoute.Event) -> Void)?

    private let path: String
    private let filter: AdvertisementFilter
    private let hooks: Hooks
    private var socket: PacketSocket?
    private var source: EventSource?
    private var timer: EventSource?
    private var sources: [(adapter: UInt64, index: SourceIndex?)] = []
    private var buffer = [UInt8](repeating: 0, count: RelayPacket.maximumBytes)
    private var toldError: PacketSocketError?
    private var toldFailure = RelayPacket.Failure.none
    private var isDropToldUntil: Instant?

    private static let retryInterval: UInt64 = 1_000_000  // µs
    /// Packets taken in one turn, so that the other radios do not starve.
    private static let packetsInTurn = 256
    /// A report whose time is further away was not measured by this boot's clock.
    private static let plausibleAge = 10 * Nanoseconds.second
    private static let adaptersMaximum = 16
    private static let tellInterval = 10 * Nanoseconds.minute

    /// - Parameters:
    ///   - path: Of the socket.
    ///   - filter: Which advertisements to ask for.
    ///   - hooks: What the daemon does.
    public init(path: String = BroadcastListener.defaultPath, filter: AdvertisementFilter, hooks: Hooks) {
        (self.path, self.filter, self.hooks) = (path, filter, hooks)
    }

    public func start() {
        guard timer == nil else { return }
        timer = EventSource.timer(accuracyMicroseconds: 50_000) { [unowned self] in tick() }
        tick()
    }

    public func stop() {
        timer?.cancel()
        timer = nil
        if isConnected { disconnect() }
    }

    private func tick() {
        if socket == nil { connect() }
        timer?.set(atMicroseconds: EventSource.now() + Self.retryInterval)
    }

    // MARK: The connection

    private func connect() {
        do throws(PacketSocketError) {
            let socket = try PacketSocket(connectingTo: path)
            guard try socket.send(RelayPacket.filter(filter).bytes) else { return }
            self.socket = socket
            source = EventSource.descriptor(socket.descriptor, .read) { [unowned self] _ in drain() }
            toldError = nil
            onEvent?(.connected)
        } catch {
            // That nobody is there is usual; all else wants to be known, once.
            guard error != .absent, error != toldError else { return }
            toldError = error
            hooks.log(.warning, "touchline-hci cannot be reached at \(path): \(error)")
        }
    }

    private func disconnect() {
        source?.cancel()
        (source, socket) = (nil, nil)
        adapters = []
        toldFailure = .none
        onEvent?(.disconnected)
    }

    private func drain() {
        for _ in 0..<Self.packetsInTurn {
            guard let socket else { return }
            do throws(PacketSocketError) {
                guard let count = try socket.receive(into: &buffer) else { return }
                let packet = buffer.withUnsafeBytes {
                    RelayPacket(UnsafeRawBufferPointer(rebasing: $0[..<count]))
                }
                if let packet { take(packet) }
            } catch {
                return disconnect()
            }
        }
    }

    // MARK: Packets

    private func take(_ packet: RelayPacket) {
        switch packet {
        case .report(let report): take(report)
        case .status(let status): take(status)
        case .filter: break  // The daemon's own kind.
        }
    }

    private func take(_ report: RelayPacket.Report) {
        reports += 1
        onEvent?(.heardByHelper)
        guard let index = sourceIndex(of: report.adapter) else { return }
        let now = Instant(nanoseconds: Int64(EventSource.now()) * 1_000)
        let isPlausible = report.time <= now && report.time >= now - Self.plausibleAge
        hooks.frame(
            Frame(
                time: isPlausible ? report.time : now,
                source: index,
                sensor: .ble(address: report.advertising.address),
                channel: .advertisement,
                strength: report.advertising.strength.map { .dBm($0) },
                payload: report.advertising.data
            )
        )
    }

    private func sourceIndex(of adapter: UInt64) -> SourceIndex? {
        if let known = sources.first(where: { $0.adapter == adapter }) { return known.index }
        guard sources.count < Self.adaptersMaximum else { return nil }
        let index = hooks.source(Self.text(adapter))
        sources.append((adapter, index))
        return index
    }

    private func take(_ status: RelayPacket.Status) {
        var before: RelayPacket.Status?
        // The adapter 0 says that there is none, and an adapter that there is one again.
        adapters.removeAll { ($0.adapter == 0) != (status.adapter == 0) }
        if let index = adapters.firstIndex(where: { $0.adapter == status.adapter }) {
            before = adapters[index]
            adapters[index] = status
        } else if adapters.count < Self.adaptersMaximum {
            adapters.append(status)
        }
        // What was heard before this connection proves nothing.
        if let before, status.heard > before.heard { onEvent?(.heardByHelper) }
        tell(status, before: before)
    }

    private func tell(_ status: RelayPacket.Status, before: RelayPacket.Status?) {
        if status.failure != toldFailure {
            toldFailure = status.failure
            if let text = status.failure.text { hooks.log(.warning, "touchline-hci hears nothing: \(text)") }
        }
        guard let before, status.dropped > before.dropped else { return }
        let now = Instant(nanoseconds: Int64(EventSource.now()) * 1_000)
        guard isDropToldUntil.map({ $0 <= now }) ?? true else { return }
        isDropToldUntil = now + Self.tellInterval
        hooks.log(.warning, "touchline-hci dropped \(status.dropped) advertisements: the gateway is too slow")
    }

    /// Six octets in upper-case hexadecimal, joined by colons.
    private static func text(_ address: UInt64) -> String {
        let octets = (0..<6).map { UInt8(truncatingIfNeeded: address >> (8 * UInt64(5 - $0))) }
        return octets.map { Hex.text([$0]) }.joined(separator: ":")
    }
}

extension RelayPacket.Failure {
    /// What is wrong, and what to do about it; `nil` when nothing is.
    public var text: String? {
        switch self {
        case .none: nil
        case .unsupported: "the kernel has no Bluetooth"
        case .denied: "it lacks CAP_NET_RAW and CAP_NET_ADMIN; use the unit touchline-hci.service"
        case .absent: "there is no adapter, or all are switched off; see rfkill list"
        case .other: "the adapter cannot be used; its own log says why"
        }
    }
}
