import BLEHost
import BlueZ
import Broadcast
import CaptureFile
import Configuration
import Engine
import Files
internal import Glibc
import HCIHost
import Profiles
import Reactor
import Wire

/// The Bluetooth adapters of the gateway.
extension Gateway {
    /// Brings Bluetooth in line with the configuration and with who wears what.
    func applyBluetooth() {
        let settings = configuration.radios.bluetooth
        guard settings.enabled else {
            broadcasts?.stop()
            bluetooth?.stop()
            return
        }
        let hearsBroadcasts = applyBroadcasts(settings).route.wantsDiscovery
        let interest = Interest(settings, wanted: Set(engine.roster.flatMap(\.sensors)))
        let roles = settings.adapters.reduce(into: [:]) { $0[$1.address] = Role($1.role) }
        if let bluetooth {
            bluetooth.apply(interest, roles: roles, hearsBroadcasts: hearsBroadcasts)
            return bluetooth.start()
        }
        adviseOnLinks()
        let central = Central(
            interest: interest,
            roles: roles,
            hearsBroadcasts: hearsBroadcasts,
            at: now
        )
        var hooks = BlueZ.Hooks(
            frame: { [unowned self] in take($0) },
            source: { [unowned self] in source(ofAdapter: $0) },
            log: { [unowned self] in
                journal.write($0 == .warning ? .warning : .info, $1, id: .bluetooth)
            }
        )
        hooks.named = { [unowned self] sensor, name in
            engine.learn(name: name, of: sensor)
            if !engine.commands.isEmpty { carryOut() }
        }
        let radio = BlueZ(central, hooks: hooks)
        bluetooth = radio
        radios.append(radio)
        radio.start()
    }

    /// Says, once, what bluetoothd's own configuration does to links.
    private func adviseOnLinks() {
        do throws(FileError) {
            let text = try File.contents(of: "/etc/bluetooth/main.conf", limit: 1 << 16)
            guard let advice = LinkDefaults(mainConf: text).advice else { return }
            journal.write(.warning, "Links to straps will break early: \(advice).", id: .bluetooth)
        } catch {
            // Without the file there is no bluetoothd, or one that somebody else looks after.
            journal.write(.debug, "bluetoothd's configuration was not read: \(error)", id: .bluetooth)
        }
    }

    /// Brings the way by which advertisements come in line with the configuration.
    private func applyBroadcasts(_ settings: Configuration.Bluetooth) -> Broadcasts {
        let choice = BroadcastRoute.Choice(settings.broadcast)
        if let broadcasts {
            broadcasts.apply(choice)
            broadcasts.start()
            return broadcasts
        }
        let broadcasts = Broadcasts(
            choice,
            path: getenv("TOUCHLINE_HCI_SOCKET").map { String(cString: $0) } ?? BroadcastListener.defaultPath,
            hooks: Broadcasts.Hooks(
                frame: { [unowned self] in take($0) },
                source: { [unowned self] in source(ofAdapter: $0) },
                log: { [unowned self] in
                    journal.write($0 == .warning ? .warning : .info, $1, id: .bluetooth)
                },
                bluez: { [unowned self] in
                    let adapters = bluetooth?.central.adapters.filter(\.isPresent) ?? []
                    return (adapters.compactMap(\.lastHeard).max(), !adapters.isEmpty)
                },
                discoveryChanged: { [unowned self] in applyBluetooth() }
            )
        )
        self.broadcasts = broadcasts
        radios.append(broadcasts)
        broadcasts.start()
        return broadcasts
    }

    /// An adapter is known by its address: one that comes back under another name is the same source.
    private func source(ofAdapter address: String) -> SourceIndex? {
        if let index = sources.sources.firstIndex(where: { $0.address == address }) {
            return SourceIndex(UInt8(index))
        }
        return addSource("hci", address: address)?.index
    }
}

extension Interest {
    /// Services of sensors that are worth a link: heart rate, running and cycling, location, temperature,
    /// oxygen; then CORE's and Moxy's own.
    private static let sensorServices: [AttributeUUID] =
        [0x180D, 0x1814, 0x1816, 0x1818, 0x1826, 0x1819, 0x1809, 0x1822].map { AttributeUUID($0) }
        + ["00002100-5B1E-4347-B07C-97B514DAE121", "6404D801-4CB9-11E8-B566-0800200C9A66"].compactMap {
            AttributeUUID($0)
        }

    /// What the configuration says, and every characteristic that a profile decodes.
    fileprivate init(_ settings: Configuration.Bluetooth, wanted: Set<SensorID>) {
        self.init()
        services = Self.sensorServices
        characteristics = ProfileRegistry.all.compactMap { profile in
            guard case .characteristic(let uuid, let rate) = profile.address else { return nil }
            // What comes at no rate may stand still for hours, so its first value is read.
            return Interest.Characteristic(uuid: uuid, rate: rate, isRead: rate == 0)
        }
        policy =
            switch settings.connect {
            case .assigned: .assigned
            case .allowed: .allowed
            case .all: .all
            case .off: .none
            }
        allowsPairing = settings.bonding
        (self.wanted, allowed) = (wanted.filter(\.isBluetooth), Set(settings.allow).filter(\.isBluetooth))
    }
}

extension SensorID {
    fileprivate var isBluetooth: Bool {
        if case .ble = kind { true } else { false }
    }
}

extension Role {
    fileprivate init(_ role: Configuration.Bluetooth.Adapter.Role) {
        self =
            switch role {
            case .scan: .scan
            case .link: .link
            case .both: .both
            }
    }
}

extension BlueZ: Radio {
    func reports(_ sources: SourceTable) -> [RadioReport] {
        central.adapters.enumerated().compactMap { index, adapter in
            guard let source = adapter.source.flatMap({ sources[$0] }) else { return nil }
            let state = adapter.isPowered ? "listening" : "absent"
            var report = RadioReport(name: source.name, state: state)
            report.counters = [
                ("links", UInt64(central.linkCount(index))), ("slots", UInt64(adapter.slots ?? 0)),
            ]
            report.recoveries = [("steps", adapter.recoveries)]
            return report
        }
    }
}
