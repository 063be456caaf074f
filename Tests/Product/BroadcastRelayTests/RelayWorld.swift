import Broadcast
import HCI
import HCIHost
import PacketSocket
import Reactor
import TestSupport
import Wire

@testable import BroadcastRelay

/// The helper's own code with emulated adapters, and the daemon's adapter at the other end of a real socket.
@Reactor
final class RelayWorld {
    nonisolated static let strap: [UInt8] = [2, 1, 6, 7, 0xFF, 0x6B, 0, 0x33, 0, 0, 0x38]
    nonisolated static let phone: [UInt8] = [2, 1, 0x1A, 5, 0xFF, 0x4C, 0, 0x10, 5]

    let directory = TemporaryDirectory()
    var path: String { directory.file("reports.sock") }
    let adapters: [EmulatedAdapter]
    /// What the kernel answers when it is asked for its adapters.
    private(set) var refusal: HCIError?
    private(set) var relay: Relay?
    private(set) var daemon: BroadcastListener?
    private(set) var frames: [Frame] = []
    private(set) var events: [BroadcastRoute.Event] = []
    private(set) var sources: [String] = []
    private(set) var lines: [String] = []

    init(adapters addresses: [UInt64] = [0x0011_2233_4455], refusal: HCIError? = nil) {
        adapters = addresses.enumerated().map { EmulatedAdapter(number: UInt16($0), address: $1) }
        self.refusal = refusal
    }

    func startHelper() {
        let bus = HCIBus(
            adapters: { [unowned self] () throws(HCIError) in
                try Reactor.assumeIsolated { () -> Result<[HCIAdapter], HCIError> in
                    refusal.map { .failure($0) } ?? .success(adapters.map(\.adapter))
                }.get()
            },
            open: { [unowned self] adapter throws(HCIError) in
                try Reactor.assumeIsolated { () -> Result<HCISocket, HCIError> in
                    let emulated = adapters.first { $0.adapter == adapter }
                    do throws(HCIError) {
                        guard let emulated else { throw .gone }
                        return .success(try emulated.open())
                    } catch {
                        return .failure(error)
                    }
                }.get()
            }
        )
        guard let listener = try? PacketListener(path: path) else { return }
        let relay = Relay(listener: listener, bus: bus) { [unowned self] in lines.append($1) }
        self.relay = relay
        relay.start()
    }

    /// The helper's process ends; its sockets are closed with it.
    func stopHelper() {
        relay?.stop()
        relay = nil
    }

    func startDaemon(filter: AdvertisementFilter = AdvertisementFilter(companies: [0x006B])) {
        let daemon = BroadcastListener(
            path: path,
            filter: filter,
            hooks: BroadcastListener.Hooks(
                frame: { [unowned self] in frames.append($0) },
                source: { [unowned self] in
                    sources.append($0)
                    return SourceIndex(UInt8(sources.count - 1))
                },
                log: { [unowned self] in lines.append($1) }
            )
        )
        daemon.onEvent = { [unowned self] in events.append($0) }
        self.daemon = daemon
        daemon.start()
    }

    func stopDaemon() {
        daemon?.stop()
        daemon = nil
    }

    func end() {
        stopDaemon()
        stopHelper()
        for adapter in adapters { adapter.close() }
    }

    var areScanning: Bool { adapters.allSatisfy(\.isScanning) }

    func told(_ text: String) -> Int { lines.count { $0.contains(text) } }
}

extension Reactor {
    /// Runs a few lines of a test on the reactor.
    @Reactor
    static func run<Result: Sendable>(_ body: @Reactor () -> Result) -> Result { body() }
}
