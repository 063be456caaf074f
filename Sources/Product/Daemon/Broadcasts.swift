import Broadcast
import CaptureFile
import Configuration
import HCIHost
import Profiles
import Reactor
import Wire

/// Advertisements, by whichever way they come: the helper's, or bluetoothd's discovery. Which way that is
/// decides a ``HCIHost/BroadcastRoute``; it is told in the log and in the health report.
@Reactor
final class Broadcasts: Radio {
    private(set) var route: BroadcastRoute
    private let listener: BroadcastListener
    private let hooks: Hooks
    private var choice: BroadcastRoute.Choice
    private var timer: EventSource?
    private var told = ""
    private var bluezHeard: Instant?

    struct Hooks {
        var frame: @Reactor (Frame) -> Void
        var source: @Reactor (String) -> SourceIndex?
        var log: @Reactor (Listener.Notability, String) -> Void
        /// When bluetoothd heard something last, and whether it has an adapter.
        var bluez: @Reactor () -> (heard: Instant?, hasAdapter: Bool)
        /// Whether bluetoothd is to discover changed.
        var discoveryChanged: @Reactor () -> Void
    }

    private static let interval: UInt64 = 1_000_000  // µs
    private static var now: Instant { Instant(nanoseconds: Int64(EventSource.now()) * 1_000) }

    /// - Parameters:
    ///   - choice: What the configuration says.
    ///   - path: The helper's socket.
    ///   - hooks: What the gateway does.
    init(_ choice: BroadcastRoute.Choice, path: String, hooks: Hooks) {
        (self.choice, self.hooks) = (choice, hooks)
        route = BroadcastRoute(choice, at: Self.now)
        listener = BroadcastListener(
            path: path,
            filter: AdvertisementFilter(companies: Advertisement.companies),
            hooks: BroadcastListener.Hooks(
                frame: hooks.frame,
                source: hooks.source,
                log: hooks.log
            )
        )
        listener.onEvent = { [unowned self] event in change { $0.handle(event, at: Self.now) } }
    }

    func start() {
        guard timer == nil else { return }
        timer = EventSource.timer(accuracyMicroseconds: 50_000) { [unowned self] in tick() }
        tick()
    }

    func stop() {
        timer?.cancel()
        timer = nil
        listener.stop()
    }

    /// Takes over what the configuration says now.
    func apply(_ choice: BroadcastRoute.Choice) {
        guard choice != self.choice else { return }
        self.choice = choice
        change { $0.apply(choice, at: Self.now) }
        if timer != nil { tick() }
    }

    private func tick() {
        if route.wantsHelper { listener.start() } else { listener.stop() }
        let heard = hooks.bluez().heard
        if let heard, heard != bluezHeard {
            bluezHeard = heard
            change { $0.handle(.heardByBlueZ, at: heard) }
        }
        change { $0.advance(to: Self.now) }
        timer?.set(atMicroseconds: EventSource.now() + Self.interval)
    }

    private func change(_ body: (inout BroadcastRoute) -> Void) {
        let before = route.wantsDiscovery
        body(&route)
        if route.reason != told {
            told = route.reason
            hooks.log(.info, route.reason)
        }
        if route.wantsDiscovery != before { hooks.discoveryChanged() }
    }

    // MARK: Health

    func reports(_ sources: SourceTable) -> [RadioReport] {
        let hasAdapter = hooks.bluez().hasAdapter
        // Where there is no Bluetooth and none was asked for, there is nothing to tell.
        guard timer != nil, route.way != .off, hasAdapter || listener.isConnected || choice == .helper else {
            return []
        }
        var report = RadioReport(name: "broadcast", state: state(hasAdapter: hasAdapter))
        report.reason = listener.adapters.lazy.compactMap(\.failure.text).first.map {
            "\(route.reason); touchline-hci hears nothing: \($0)"
        }
        report.reason = report.reason ?? route.reason
        report.counters = [
            ("reports", listener.reports), ("heard", listener.adapters.reduce(0) { $0 + $1.heard }),
            ("dropped", listener.adapters.map(\.dropped).max() ?? 0),
            ("through_helper", route.way == .helper ? 1 : 0),
        ]
        report.recoveries = [("rearmed", listener.adapters.reduce(0) { $0 + $1.rearmed })]
        return [report]
    }

    private func state(hasAdapter: Bool) -> String {
        guard route.way == .helper else { return hasAdapter ? "listening" : "absent" }
        if !listener.isConnected { return "absent" }
        let states = listener.adapters.map(\.state)
        if states.contains(.listening) { return "listening" }
        if states.contains(.recovering) { return "recovering" }
        if states.contains(.unusable) { return "unusable" }
        return states.contains(.arming) ? "starting" : "absent"
    }
}

extension BroadcastRoute.Choice {
    init(_ broadcast: Configuration.Bluetooth.Broadcast) {
        self =
            switch broadcast {
            case .auto: .auto
            case .helper: .helper
            case .bluez: .bluez
            case .off: .off
            }
    }
}
