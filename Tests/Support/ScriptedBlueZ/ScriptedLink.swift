internal import Bus
internal import Glibc
internal import Reactor

/// A connection of an adapter to a peripheral.
@Reactor
final class ScriptedLink {
    let peripheral: ScriptedPeripheral
    let adapter: ScriptedAdapter
    /// The services by the paths of their characteristics.
    var characteristics: [String: ScriptedPeripheral.Characteristic] = [:]
    /// Characteristics that notify by signals.
    var notifying: Set<String> = []
    /// Characteristics that notify through a socket.
    var sockets: [String: BusDescriptor] = [:]
    /// What notices that the other end of a socket was closed.
    var watches: [String: EventSource] = [:]

    init(_ peripheral: ScriptedPeripheral, _ adapter: ScriptedAdapter) {
        (self.peripheral, self.adapter) = (peripheral, adapter)
    }
}

extension ScriptedBlueZ {
    private static let characteristicInterface = "org.bluez.GattCharacteristic1"

    /// The link breaks: the peripheral left, or was switched off.
    public func dropLink(of peripheral: ScriptedPeripheral) {
        for path in links.keys.sorted() where links[path]?.peripheral === peripheral { endLink(path) }
    }

    func handleDevice(_ call: ScriptedCall) {
        let path = call.request.path
        guard let adapter = adapters.values.first(where: { path.hasPrefix($0.path + "/") }),
            let peripheral = peripherals.first(where: { devicePath($0, adapter.path) == path })
        else { return call.refuse(.unknownObject) }
        switch call.request.member {
        case "Connect":
            guard adapter.isPowered else { return call.refuse(.bluez("NotReady")) }
            guard links[path] == nil else { return call.refuse(.bluez("AlreadyConnected")) }
            guard !adapter.connecting.contains(where: { $0.device == path }) else {
                return call.refuse(.bluez("InProgress"))
            }
            adapter.connecting.append((path, { [weak self] in self?.connect(peripheral, adapter, call) }))
            if adapter.connecting.count == 1 { adapter.connecting[0].begin() }
        case "Disconnect":
            guard links[path] != nil else { return call.refuse(.bluez("NotConnected")) }
            endLink(path)
            call.answer()
        case "Pair":
            guard links[path] != nil else { return call.refuse(.bluez("NotConnected")) }
            peripheral.isPaired = true
            set(path, Self.deviceInterface, ["Paired": .boolean(true)])
            call.answer()
        default:
            call.refuse(.unknownMethod)
        }
    }

    /// Carries out a Connect whose turn it is.
    private func connect(
        _ peripheral: ScriptedPeripheral,
        _ adapter: ScriptedAdapter,
        _ call: ScriptedCall
    ) {
        let isThere = peripheral.isHeard(by: adapter.address)
        let isFull = links.values.filter { $0.adapter === adapter }.count >= adapter.slots
        let time = isThere || isFull ? peripheral.connectTime : 41_000_000
        let generation = generation
        after(time) {
            // bluetoothd or the adapter has gone meanwhile, and the caller knows.
            guard generation == self.generation, self.adapters[adapter.path] === adapter else { return }
            let path = self.devicePath(peripheral, adapter.path)
            if self.tree[path] == nil {
                call.refuse(.unknownObject)
            } else if isFull || !peripheral.isHeard(by: adapter.address) || self.links[path] != nil {
                call.refuse(.abortedByLocal)
            } else {
                self.beginLink(path, ScriptedLink(peripheral, adapter))
                call.answer()
            }
            adapter.connecting.removeFirst()
            adapter.connecting.first?.begin()
        }
    }

    private func beginLink(_ path: String, _ link: ScriptedLink) {
        links[path] = link
        link.peripheral.linkedBy = link.adapter.path
        link.peripheral.linkCount += 1
        set(path, Self.deviceInterface, ["Connected": .boolean(true)])
        after(link.peripheral.resolveTime) {
            guard self.links[path] === link, !link.peripheral.resolvesNever else { return }
            if !link.peripheral.resolvesWithoutObjects { self.publishServices(path, link) }
            self.set(path, Self.deviceInterface, ["ServicesResolved": .boolean(true)])
        }
        notify(path, link)
    }

    private func publishServices(_ device: String, _ link: ScriptedLink) {
        var handle = 0x10
        func next(_ kind: String) -> String {
            defer { handle += 2 }
            let digits = String(handle, radix: 16)
            return kind + String(repeating: "0", count: 4 - digits.count) + digits
        }
        for service in link.peripheral.services {
            let path = device + "/" + next("service")
            addObject(
                path,
                [
                    "org.bluez.GattService1": [
                        "UUID": .string(service.uuid), "Device": .path(device), "Primary": .boolean(true),
                    ]
                ]
            )
            for characteristic in service.characteristics {
                let child = path + "/" + next("char")
                link.characteristics[child] = characteristic
                var properties: ObjectTree.Properties = [
                    "UUID": .string(characteristic.uuid), "Service": .path(path),
                    "Flags": .strings(characteristic.flags), "Value": .bytes([]),
                ]
                if characteristic.flags.contains("notify") {
                    properties["Notifying"] = .boolean(false)
                    if offersSockets { properties["NotifyAcquired"] = .boolean(false) }
                }
                addObject(child, [Self.characteristicInterface: properties])
            }
        }
        if let battery = link.characteristics.values.first(where: { $0.uuid.hasPrefix("00002a19") }) {
            // bluetoothd reads it for an interface of its own.
            addInterface(device, "org.bluez.Battery1", ["Percentage": .byte(battery.value.first ?? 0)])
        }
    }

    /// Ends a link if there is one. Without telling, because bluetoothd itself or the adapter is gone.
    func endLink(_ path: String, tells: Bool = true) {
        guard let link = links.removeValue(forKey: path) else { return }
        link.peripheral.linkedBy = nil
        closeSockets(of: link)
        guard tells else { return }
        link.adapter.heard[link.peripheral.address] = EventSource.now()
        for child in tree.subtree(path) where child != path { removeObjects(child) }
        removeInterface(path, "org.bluez.Battery1")
        set(path, Self.deviceInterface, ["ServicesResolved": .boolean(false), "Connected": .boolean(false)])
    }

    func handleCharacteristic(_ call: ScriptedCall) {
        let path = call.request.path
        guard let link = links.values.first(where: { $0.characteristics[path] != nil }),
            let characteristic = link.characteristics[path]
        else { return call.refuse(.bluez("NotConnected")) }
        let interface = Self.characteristicInterface
        let canNotify = characteristic.flags.contains("notify")
        let isTaken = link.notifying.contains(path) || link.sockets[path] != nil
        if call.request.member.hasSuffix("Notify"), link.peripheral.wantsPairing, !link.peripheral.isPaired {
            return call.refuse(.bluez("NotPermitted", "Not paired"))
        }
        switch call.request.member {
        case "ReadValue" where characteristic.flags.contains("read"):
            call.answer([.bytes(characteristic.value)])
        case "StartNotify" where canNotify:
            guard !isTaken else { return call.refuse(.bluez("InProgress")) }
            link.notifying.insert(path)
            set(path, interface, ["Notifying": .boolean(true)])
            call.answer()
        case "StopNotify" where canNotify:
            guard link.notifying.remove(path) != nil else {
                return call.refuse(.bluez("Failed", "No notify session started"))
            }
            set(path, interface, ["Notifying": .boolean(false)])
            call.answer()
        case "AcquireNotify" where canNotify && offersSockets:
            guard !isTaken else { return call.refuse(.bluez("NotPermitted", "Notify acquired")) }
            var ends: [Int32] = [0, 0]
            let kind = Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return call.refuse(.bluez("Failed")) }
            link.sockets[path] = BusDescriptor(owning: ends[0])
            link.watches[path] = .descriptor(ends[0], []) { [weak self, weak link] _ in
                if let link { self?.closeSocket(path, link) }
            }
            set(path, interface, ["NotifyAcquired": .boolean(true)])
            call.answer([.descriptor(BusDescriptor(owning: ends[1])), .uint16(23)])
        default:
            call.refuse(.bluez("NotSupported"))
        }
    }

    /// One value to everybody who listens, and then the next, for as long as the link stands.
    private func notify(_ path: String, _ link: ScriptedLink) {
        let interval = UInt64(1_000_000 / max(0.01, link.peripheral.rate))
        Reactor.schedule(afterMicroseconds: interval) { [weak self] in
            guard let self, links[path] === link else { return }
            if link.peripheral.isOutOfRange { return endLink(path) }
            notify(path, link)
            guard !isHanging, !link.peripheral.isMute else { return }
            for child in link.characteristics.keys.sorted() { send(child, link) }
        }
    }

    private func send(_ path: String, _ link: ScriptedLink) {
        guard link.notifying.contains(path) || link.sockets[path] != nil,
            let characteristic = link.characteristics[path]
        else { return }
        let isHeartRate = characteristic.uuid.hasPrefix("00002a37")
        let value = isHeartRate ? link.peripheral.nextValue() : characteristic.value
        guard let socket = link.sockets[path] else {
            return set(path, Self.characteristicInterface, ["Value": .bytes(value)])
        }
        let sent = Glibc.send(socket.number, value, value.count, Int32(MSG_NOSIGNAL))
        if sent < 0, errno != EAGAIN { closeSocket(path, link) }
    }

    private func closeSocket(_ path: String, _ link: ScriptedLink) {
        link.watches.removeValue(forKey: path)?.cancel()
        guard link.sockets.removeValue(forKey: path) != nil else { return }
        set(path, Self.characteristicInterface, ["NotifyAcquired": .boolean(false)])
    }

    private func closeSockets(of link: ScriptedLink) {
        for watch in link.watches.values { watch.cancel() }
        (link.watches, link.sockets) = ([:], [:])
    }

    /// Waits for so many microseconds of the real thing, and until it does not hang.
    private func after(_ microseconds: UInt64, _ body: @escaping @Reactor () -> Void) {
        Reactor.schedule(afterMicroseconds: microseconds / scale) { self.doUnlessHanging(body) }
    }
}
