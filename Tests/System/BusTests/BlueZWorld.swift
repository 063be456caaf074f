import Bus
import Glibc
import Reactor
import ScriptedBlueZ
import TestSupport

/// A bus, a scripted bluetoothd with one adapter, and a client that calls it.
@Reactor
final class BlueZWorld {
    let bluez: ScriptedBlueZ
    let client: Peer
    private let bus: PrivateBus
    private let adapterAddress = "00:00:00:00:00:01"

    init(scale: UInt64, slots: Int = 64) async throws {
        bus = try PrivateBus()
        bluez = ScriptedBlueZ(bus.address, scale: scale)
        bluez.addAdapter("hci0", address: adapterAddress, slots: slots)
        try await bluez.appear()
        client = try await Peer.connected(bus.address)
    }

    func end() {
        client.close()
        bluez.vanish()
    }

    func addStrap(_ number: Int, rate: Double = 1) -> ScriptedPeripheral {
        let strap = ScriptedPeripheral.strap(number, rssi: [adapterAddress: -60])
        strap.rate = rate
        strap.advertisingInterval = 25_000
        bluez.add(strap)
        return strap
    }

    func fail(_ fault: ScriptedFault) { bluez.faults.append(fault) }

    func path(_ peripheral: ScriptedPeripheral) -> String {
        "/org/bluez/hci0/dev_" + peripheral.address.split(separator: ":").joined(separator: "_")
    }

    func adapter(
        _ member: String,
        _ arguments: [BusValue] = [],
        on name: String = "hci0",
        within microseconds: UInt64 = 30_000_000
    ) async -> Result<[BusValue], BusError> {
        await call("org.bluez.Adapter1", member, "/org/bluez/\(name)", arguments, within: microseconds)
    }

    func call(
        _ member: String,
        on peripheral: ScriptedPeripheral,
        within microseconds: UInt64 = 30_000_000
    ) async -> Result<[BusValue], BusError> {
        await call("org.bluez.Device1", member, path(peripheral), [], within: microseconds)
    }

    func call(
        _ interface: String,
        _ member: String,
        _ path: String,
        _ arguments: [BusValue],
        within microseconds: UInt64 = 30_000_000
    ) async -> Result<[BusValue], BusError> {
        await client.call(
            BusCall(
                service: "org.bluez",
                path: path,
                interface: interface,
                member: member,
                arguments: arguments
            ),
            within: microseconds
        )
    }

    private func objects() async -> [BusValue.Entry] {
        let answer = await call("org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "/", [])
        return (try? answer.get().first?.asEntries) ?? []
    }

    /// The paths of all devices.
    func devices() async -> [String] {
        await objects().filter { $0.value["org.bluez.Device1"] != nil }.compactMap(\.key.asText)
    }

    func properties(_ peripheral: ScriptedPeripheral, _ interface: String) async -> BusValue? {
        let properties = "org.freedesktop.DBus.Properties"
        return try? await call(properties, "GetAll", path(peripheral), [.string(interface)]).get().first
    }

    /// Discovers until all are there.
    func discover(_ peripherals: [ScriptedPeripheral]) async throws {
        let started = await adapter("StartDiscovery")
        if case .failure(let error) = started, started.fault != "org.bluez.Error.InProgress" { throw error }
        let paths = Set(peripherals.map(path))
        let areThere = await eventually { paths.isSubset(of: await self.devices()) }
        guard areThere else { throw BusError.timedOut }
    }

    /// Hears the counters in the values of a strap's 2A37.
    func listen(
        to strap: ScriptedPeripheral,
        bySocket: Bool,
        _ counters: Heard<UInt16>
    ) async throws -> BlueZSession {
        let interface = "org.bluez.GattCharacteristic1"
        let prefix = path(strap) + "/"
        let found = await objects().first {
            $0.key.asText?.hasPrefix(prefix) == true
                && $0.value[interface]?["UUID"]?.asText == ScriptedPeripheral.uuid(0x2A37)
        }
        guard let path = found?.key.asText else { throw BusError.timedOut }
        let session = BlueZSession()
        if bySocket {
            let values = try await call(interface, "AcquireNotify", path, [.properties([])]).get()
            guard let socket = values.first?.asDescriptor else { throw BusError.timedOut }
            session.source = .descriptor(socket.number, .read) { [unowned session] _ in
                var value = [UInt8](repeating: 0, count: 32)
                let count = read(socket.number, &value, value.count)
                // The end is told over and over.
                guard count > 0 else { return session.end() }
                counters.add(ScriptedPeripheral.counter(in: Array(value.prefix(count))) ?? 0)
            }
        } else {
            let match = BusMatch(path: .exactly(path), member: "PropertiesChanged")
            session.subscription = try client.connection.subscribe(match) { signal in
                guard let value = signal.arguments[1]["Value"]?.asBytes else { return }
                counters.add(ScriptedPeripheral.counter(in: value) ?? 0)
            }
            _ = try await call(interface, "StartNotify", path, []).get()
        }
        return session
    }
}

/// What listens to a characteristic.
@Reactor
final class BlueZSession {
    var source: EventSource?
    var subscription: BusSubscription?
    nonisolated init() {}

    func end() {
        source?.cancel()
        subscription?.cancel()
        (source, subscription) = (nil, nil)
    }
}

extension Result<[BusValue], BusError> {
    /// The name of the error.
    var fault: String? {
        if case .failure(let error) = self { error.fault?.name } else { nil }
    }
}
