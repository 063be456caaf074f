internal import Bus
internal import Reactor

/// One controller.
@Reactor
final class ScriptedAdapter {
    let path: String
    let address: String
    /// How many links it can have.
    let slots: Int
    var isPowered = true
    /// The clients that discover, and what notices that one has left.
    var sessions: [String: BusSubscription?] = [:]
    /// What the clients asked for with DuplicateData.
    var wantsDuplicates = false
    /// When each peripheral was heard last, in microseconds, by its address.
    var heard: [String: UInt64] = [:]
    /// Connects wait for each other, as in the kernel; the device's path, and what begins it.
    var connecting: [(device: String, begin: @Reactor () -> Void)] = []

    init(path: String, address: String, slots: Int) {
        (self.path, self.address, self.slots) = (path, address, slots)
    }

    var isDiscovering: Bool { isPowered && !sessions.isEmpty }
}

extension ScriptedBlueZ {
    static let adapterInterface = "org.bluez.Adapter1"
    static let deviceInterface = "org.bluez.Device1"

    /// A controller is plugged in as `hciN`.
    public func addAdapter(_ name: String, address: String, slots: Int = 64) {
        let adapter = ScriptedAdapter(path: "/org/bluez/\(name)", address: address, slots: slots)
        adapters[adapter.path] = adapter
        publish(adapter)
    }

    /// A controller is unplugged; its devices and links go.
    public func removeAdapter(_ name: String) {
        let path = "/org/bluez/\(name)"
        for device in links.keys.sorted() where device.hasPrefix(path + "/") { endLink(device, tells: false) }
        adapters[path] = nil
        removeObjects(path)
    }

    /// A controller is lost and comes back under another number.
    public func renumber(_ name: String, to other: String) {
        guard let old = adapters["/org/bluez/\(name)"] else { return }
        removeAdapter(name)
        addAdapter(other, address: old.address, slots: old.slots)
    }

    func publish(_ adapter: ScriptedAdapter) {
        addObject(
            adapter.path,
            [
                Self.adapterInterface: [
                    "Address": .string(adapter.address), "AddressType": .string("public"),
                    "Name": .string("script"), "Alias": .string("script"),
                    "Powered": .boolean(adapter.isPowered), "Discovering": .boolean(adapter.isDiscovering),
                ]
            ]
        )
    }

    /// Somebody switches an adapter on or off; off, its links break and its discovery ends.
    public func setPowered(_ path: String, _ isOn: Bool) {
        guard let adapter = adapters[path], adapter.isPowered != isOn else { return }
        if !isOn {
            for device in links.keys.sorted() where device.hasPrefix(path + "/") { endLink(device) }
            adapter.sessions = [:]
        }
        adapter.isPowered = isOn
        set(path, Self.adapterInterface, ["Powered": .boolean(isOn), "Discovering": .boolean(false)])
    }

    func handleAdapter(_ call: ScriptedCall) {
        let (request, path) = (call.request, call.request.path)
        guard let adapter = adapters[path] else { return call.refuse(.unknownObject) }
        switch request.member {
        case "SetDiscoveryFilter":
            adapter.wantsDuplicates = request.arguments.first?["DuplicateData"]?.asBool ?? false
            call.answer()
        case "StartDiscovery":
            guard adapter.isPowered else { return call.refuse(.bluez("NotReady")) }
            guard adapter.sessions[request.sender] == nil else { return call.refuse(.bluez("InProgress")) }
            let client = request.sender
            let subscription = watch(client) { [weak self] in self?.stopDiscovery(adapter, client) }
            adapter.sessions[client] = .some(subscription)
            if adapter.sessions.count == 1 {
                set(path, Self.adapterInterface, ["Discovering": .boolean(true)])
            }
            call.answer()
        case "StopDiscovery":
            guard adapter.isPowered else { return call.refuse(.bluez("NotReady")) }
            guard adapter.sessions[request.sender] != nil else {
                return call.refuse(.bluez("Failed", "No discovery started"))
            }
            stopDiscovery(adapter, request.sender)
            call.answer()
        case "RemoveDevice":
            guard let device = request.arguments.first?.asText, tree[device] != nil else {
                return call.refuse(.bluez("DoesNotExist"))
            }
            removeDevice(device)
            call.answer()
        default:
            call.refuse(.unknownMethod)
        }
    }

    private func stopDiscovery(_ adapter: ScriptedAdapter, _ client: String) {
        guard adapter.sessions.removeValue(forKey: client) != nil, adapter.sessions.isEmpty else { return }
        set(adapter.path, Self.adapterInterface, ["Discovering": .boolean(false)])
        for device in devices(of: adapter) where tree[device]?[Self.deviceInterface]?["RSSI"] != nil {
            set(device, Self.deviceInterface, ["RSSI": nil, "ManufacturerData": nil])
        }
    }

    private func devices(of adapter: ScriptedAdapter) -> [String] {
        tree.objects.keys.filter {
            $0.hasPrefix(adapter.path + "/") && tree[$0]?[Self.deviceInterface] != nil
        }
        .sorted()
    }

    /// Removes the device's object, as RemoveDevice and a failing controller do; a link breaks.
    public func forget(_ peripheral: ScriptedPeripheral) {
        for adapter in adapters.values { removeDevice(devicePath(peripheral, adapter.path)) }
    }

    private func removeDevice(_ path: String) {
        endLink(path)
        removeObjects(path)
    }

    func devicePath(_ peripheral: ScriptedPeripheral, _ adapter: String) -> String {
        adapter + "/dev_" + peripheral.address.split(separator: ":").joined(separator: "_")
    }

    /// One advertisement, heard by each adapter that discovers, and then the next.
    func advertise(_ peripheral: ScriptedPeripheral) {
        Reactor.schedule(afterMicroseconds: peripheral.advertisingInterval) { [weak self] in
            self?.advertise(peripheral)
        }
        guard !isHanging else { return }
        let now = EventSource.now()
        for adapter in adapters.values.sorted(by: { $0.path < $1.path }) {
            if adapter.isDiscovering, peripheral.isHeard(by: adapter.address) {
                adapter.heard[peripheral.address] = now
                hear(peripheral, adapter)
            } else if let last = adapter.heard[peripheral.address], now - last > 30_000_000 / scale {
                let path = devicePath(peripheral, adapter.path)
                guard links[path] == nil, !adapter.connecting.contains(where: { $0.device == path }) else {
                    continue
                }
                adapter.heard[peripheral.address] = nil
                removeObjects(path)
            }
        }
    }

    private func hear(_ peripheral: ScriptedPeripheral, _ adapter: ScriptedAdapter) {
        let path = devicePath(peripheral, adapter.path)
        let data = peripheral.manufacturerData.sorted { $0.key < $1.key }.map {
            BusValue.Entry(.uint16($0.key), .variant(.bytes($0.value)))
        }
        var news: [String: BusValue] = ["RSSI": .int16(peripheral.rssi[adapter.address] ?? -127)]
        if !data.isEmpty { news["ManufacturerData"] = .dictionary(data, of: "qv") }
        guard let known = tree[path]?[Self.deviceInterface] else {
            var properties = news
            properties["Address"] = .string(peripheral.address)
            properties["AddressType"] = .string("random")
            properties["Adapter"] = .path(adapter.path)
            properties["Name"] = .string(peripheral.name)
            properties["Alias"] = .string(peripheral.name)
            properties["UUIDs"] = .strings(peripheral.services.map(\.uuid))
            for flag in ["Connected", "ServicesResolved", "Paired", "Trusted", "Blocked"] {
                properties[flag] = .boolean(false)
            }
            return addObject(path, [Self.deviceInterface: properties])
        }
        let changes = news.filter { adapter.wantsDuplicates || known[$0.key] != $0.value }
        if !changes.isEmpty { set(path, Self.deviceInterface, changes.mapValues { .some($0) }) }
    }
}
