public import Bus
public import Reactor

/// A bluetoothd that does what a test tells it to, on a bus of the test's own.
///
/// It behaves as the real one was seen to (BlueZ 5.66 in a virtual machine), where a client depends on it:
/// devices appear while an adapter discovers and vanish 30 s after they were last heard, a link comes up
/// before its services, notifications come as signals or through a socket, an absent peer makes Connect fail
/// after 41 s. `scale` divides these times. Faults are added to `faults`, to a ``ScriptedPeripheral``, or
/// happen at once: ``vanish()``, ``hang()``, ``renumber(_:to:)``, ``dropLink(of:)``, ``forget(_:)``.
@Reactor
public final class ScriptedBlueZ {
    private let address: String
    let scale: UInt64
    private var connection: BusConnection?
    private var served: ServedObject?
    private var pending: [BusRequest] = []
    private var stalled: [@Reactor () -> Void] = []
    /// How often it has vanished.
    private(set) var generation = 0
    private(set) var isHanging = false

    var tree = ObjectTree()
    var adapters: [String: ScriptedAdapter] = [:]
    public private(set) var peripherals: [ScriptedPeripheral] = []
    var links: [String: ScriptedLink] = [:]
    var held: [@Reactor () -> Void] = []

    /// Looked through from the first on, for each call.
    public var faults: [ScriptedFault] = []
    /// Whether characteristics offer AcquireNotify.
    public var offersSockets = true
    /// Each call that arrived: its member and path.
    public private(set) var calls: [String] = []

    public init(_ address: String, scale: UInt64 = 1) {
        (self.address, self.scale) = (address, max(1, scale))
    }

    /// Comes up, the first time or again: adapters are there, devices and links are not.
    public func appear() async throws(BusError) {
        guard connection == nil else { return }
        for adapter in adapters.values.sorted(by: { $0.path < $1.path }) { publish(adapter) }
        let failure = await withCheckedContinuation { continuation in
            connect { continuation.resume(returning: $0) }
        }
        if let failure { throw failure }
    }

    private func connect(_ done: @escaping @Reactor (BusError?) -> Void) {
        var isDone = false
        func tell(_ error: BusError?) {
            if !isDone { done(error) }
            isDone = true
        }
        let connection = BusConnection(.address(address)) { [weak self] event in
            switch event {
            case .opened:
                self?.takeName { tell($0) }
            case .closed(let error):
                self?.vanish()
                tell(error)
            }
        }
        self.connection = connection
        connection.open()
    }

    /// Is gone from the bus at once, as after a kill; links break.
    public func vanish() {
        connection?.close()
        (connection, served) = (nil, nil)
        isHanging = false
        for path in links.keys.sorted() { endLink(path, tells: false) }
        for adapter in adapters.values { (adapter.sessions, adapter.connecting) = ([:], []) }
        (tree, pending, held, stalled) = (ObjectTree(), [], [], [])
        generation += 1
    }

    /// Stays on the bus and does nothing, as after a SIGSTOP, until ``resume()``.
    public func hang() { isHanging = true }

    /// Carries out what was asked for meanwhile.
    public func resume() {
        isHanging = false
        let requests = pending
        pending = []
        for request in requests { take(request) }
        let bodies = stalled
        stalled = []
        for body in bodies { body() }
    }

    func doUnlessHanging(_ body: @escaping @Reactor () -> Void) {
        if isHanging { stalled.append(body) } else { body() }
    }

    public func add(_ peripheral: ScriptedPeripheral) {
        peripherals.append(peripheral)
        Reactor.schedule(afterMicroseconds: 0) { self.advertise(peripheral) }
    }

    private func takeName(_ done: @escaping @Reactor (BusError?) -> Void) {
        guard let connection else { return }
        let bus = "org.freedesktop.DBus"
        let arguments: [BusValue] = [.string("org.bluez"), .uint32(4)]
        do throws(BusError) {
            served = try connection.serve("/", subtree: true) { [weak self] request in self?.take(request) }
            let call = BusCall(
                service: bus,
                path: "/org/freedesktop/DBus",
                interface: bus,
                member: "RequestName",
                arguments: arguments
            )
            try connection.call(call, within: 10_000_000) { answer in
                switch answer {
                case .success(let values) where values == [.uint32(1)]: done(nil)
                case .success: done(.busy("org.bluez has an owner"))
                case .failure(let error): done(error)
                }
            }
        } catch {
            done(error)
        }
    }

    private func take(_ request: BusRequest) {
        guard !isHanging else { return pending.append(request) }
        calls.append("\(request.member) \(request.path)")
        let index = faults.firstIndex { fault in
            fault.member == request.member && fault.count > 0 && (fault.path ?? request.path) == request.path
        }
        var effect: ScriptedFault.Effect?
        if let index {
            effect = faults[index].effect
            faults[index].count -= 1
        }
        switch effect {
        case .ignored: return
        case .refused(let fault): return request.refuse(fault)
        case .late, .silent, .afterNext, nil: handle(ScriptedCall(request, self, effect))
        }
    }

    func releaseHeld() {
        let answers = held
        held = []
        for answer in answers { answer() }
    }

    private func handle(_ call: ScriptedCall) {
        let request = call.request
        switch request.interface {
        case "org.freedesktop.DBus.ObjectManager" where request.member == "GetManagedObjects":
            call.answer([tree.managed])
        case "org.freedesktop.DBus.Properties":
            handleProperties(call)
        case let interface where tree[request.path]?[interface] == nil:
            call.refuse(tree[request.path] == nil ? .unknownObject : .unknownMethod)
        case "org.bluez.Adapter1":
            handleAdapter(call)
        case "org.bluez.Device1":
            handleDevice(call)
        case "org.bluez.GattCharacteristic1":
            handleCharacteristic(call)
        default:
            call.refuse(.unknownMethod)
        }
    }

    private func handleProperties(_ call: ScriptedCall) {
        let (request, words) = (call.request, call.request.arguments.map { $0.asText ?? "" })
        guard let object = tree[request.path] else { return call.refuse(.unknownObject) }
        guard let interface = words.first, let properties = object[interface] else {
            return call.refuse(.bluez("InvalidArguments"))
        }
        switch request.member {
        case "GetAll":
            call.answer([ObjectTree.value(properties)])
        case "Get" where words.count == 2 && properties[words[1]] != nil:
            call.answer([.variant(properties[words[1]] ?? .boolean(false))])
        case "Set" where words.count == 3 && interface == "org.bluez.Adapter1":
            if words[1] == "Powered", let isOn = request.arguments[2].asBool {
                setPowered(request.path, isOn)
            }
            call.answer()
        default:
            call.refuse(.bluez("InvalidArguments"))
        }
    }
}

/// The objects, and what is told about them.
extension ScriptedBlueZ {
    private var manager: String { "org.freedesktop.DBus.ObjectManager" }

    func addObject(_ path: String, _ interfaces: ObjectTree.Interfaces) {
        tree[path] = interfaces
        emit("/", manager, "InterfacesAdded", [.path(path), ObjectTree.value(interfaces)])
    }

    func addInterface(_ path: String, _ name: String, _ properties: ObjectTree.Properties) {
        guard tree[path] != nil else { return }
        tree[path]?[name] = properties
        emit("/", manager, "InterfacesAdded", [.path(path), ObjectTree.value([name: properties])])
    }

    func removeInterface(_ path: String, _ name: String) {
        guard tree[path]?.removeValue(forKey: name) != nil else { return }
        emit("/", manager, "InterfacesRemoved", [.path(path), .strings([name])])
    }

    /// Removes an object and everything below.
    func removeObjects(_ path: String) {
        for path in tree.subtree(path) {
            let interfaces = tree[path]?.keys.sorted() ?? []
            tree[path] = nil
            emit("/", manager, "InterfacesRemoved", [.path(path), .strings(interfaces)])
        }
    }

    /// Sets properties; a `nil` takes one away.
    func set(_ path: String, _ interface: String, _ changes: [String: BusValue?]) {
        guard var properties = tree[path]?[interface] else { return }
        for (name, value) in changes { properties[name] = value }
        tree[path]?[interface] = properties
        let changed = changes.compactMapValues { $0 }
        let gone = changes.filter { $0.value == nil }.keys.sorted()
        let arguments: [BusValue] = [.string(interface), ObjectTree.value(changed), .strings(gone)]
        emit(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", arguments)
    }

    private func emit(_ path: String, _ interface: String, _ member: String, _ arguments: [BusValue]) {
        // Without a connection there is nobody to hear it.
        try? connection?.emit(path: path, interface: interface, member: member, arguments: arguments)
    }

    /// Calls `body` when a client has left the bus, for as long as the subscription lives.
    func watch(_ client: String, _ body: @escaping @Reactor () -> Void) -> BusSubscription? {
        try? connection?.watchOwner(of: client) { owner in if owner == nil { body() } }
    }
}
