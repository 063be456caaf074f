public import BLEHost
internal import Bus
public import Reactor
public import Wire

/// bluetoothd on the system bus, for a ``Central``: translates its objects into events, and commands into
/// calls. It decides nothing.
///
/// The bus or bluetoothd may be missing at the start and leave at any time; both are picked up when they
/// appear.
@Reactor
public final class BlueZ {
    nonisolated static let service = "org.bluez"

    /// What the daemon does for the adapter.
    public struct Hooks {
        /// Gets each frame.
        public var frame: @Reactor (Frame) -> Void
        /// The source of an adapter with this address; `nil` when there are too many.
        public var source: @Reactor (String) -> SourceIndex?
        public var log: @Reactor (Central.Notability, String) -> Void
        /// Gets what a sensor calls itself, now and then again.
        public var named: @Reactor (SensorID, String) -> Void = { _, _ in }
        public var restartService: @Reactor () -> Void = {}
        public var resetAdapter: @Reactor (_ address: String) -> Void = { _ in }

        public init(
            frame: @escaping @Reactor (Frame) -> Void,
            source: @escaping @Reactor (String) -> SourceIndex?,
            log: @escaping @Reactor (Central.Notability, String) -> Void
        ) {
            (self.frame, self.source, self.log) = (frame, source, log)
        }
    }

    public private(set) var central: Central
    private let address: String?
    private let hooks: Hooks
    private var bus: BusConnection?
    private var matches: [BusSubscription] = []
    private var watch: BusSubscription?
    private var timer: EventSource?
    private var commands: [Central.Command] = []
    private var frames: [Frame] = []
    private var isCarryingOut = false
    private var sockets: [Subscription: ValueSocket] = [:]
    /// Characteristics whose values come as signals.
    private var notified: [String: Subscription] = [:]
    private var isStopped = true
    private var isAbsenceTold = false
    /// How often bluetoothd was asked for in a row, and what does it next.
    private var startAttempts = 0
    private var starter: EventSource?

    private static let reconnectPause: UInt64 = 5_000_000  // µs
    /// Not often: each attempt leaves lines in the journal of the bus.
    private static let startPauses: [UInt64] = [2, 10, 30, 600].map { $0 * 1_000_000 }  // µs
    private static let acquirePause: UInt64 = 200_000  // µs
    /// Source: `characteristic_acquire_notify` in BlueZ's `src/gatt-client.c`.
    private static let acquiredWords = "Notify acquired"

    /// - Parameters:
    ///   - central: What decides.
    ///   - address: Of the bus; `nil`: the system's.
    ///   - hooks: What the daemon does.
    public init(_ central: Central, address: String? = nil, hooks: Hooks) {
        (self.central, self.address, self.hooks) = (central, address, hooks)
    }

    public func start() {
        guard isStopped else { return }
        isStopped = false
        timer = EventSource.timer { [unowned self] in
            central.advance(to: Self.now)
            carryOut()
        }
        starter = EventSource.timer { [unowned self] in startService() }
        connect()
    }

    /// Ends everything, also the links: bluetoothd would keep them, and nobody else could have the straps.
    public func stop() {
        guard !isStopped else { return }
        isStopped = true
        // Nobody waits for the answers.
        for device in central.linkedDevices { send(Call.disconnect(device: device).busCall) { _ in } }
        handle(.vanished)
        bus?.close()
        (bus, matches, watch) = (nil, [], nil)
        timer?.cancel()
        starter?.cancel()
        (timer, starter) = (nil, nil)
    }

    /// Takes over what is wanted from now on.
    public func apply(_ interest: Interest, roles: [String: Role], hearsBroadcasts: Bool) {
        central.apply(interest, roles: roles, hearsBroadcasts: hearsBroadcasts, at: Self.now)
        carryOut()
    }

    private static var now: Instant { Instant(nanoseconds: Int64(EventSource.now()) * 1_000) }

    // MARK: The bus

    private func connect() {
        guard !isStopped, bus == nil else { return }
        bus = BusConnection(address.map { .address($0) } ?? .system) { [weak self] event in
            switch event {
            case .opened: self?.opened()
            case .closed(let error): self?.closed(error)
            }
        }
        bus?.open()
    }

    private func opened() {
        do throws(BusError) {
            watch = try bus?.watchOwner(of: Self.service) { [weak self] in self?.owned(by: $0) }
        } catch {
            hooks.log(.warning, "bluetoothd cannot be watched: \(error)")
        }
    }

    private func closed(_ error: BusError) {
        if !isAbsenceTold { hooks.log(.warning, "Bluetooth waits: \(error)") }
        isAbsenceTold = true
        handle(.vanished)
        (bus, matches, watch) = (nil, [], nil)
        Reactor.schedule(afterMicroseconds: Self.reconnectPause) { [weak self] in self?.connect() }
    }

    private func owned(by owner: String?) {
        matches = []
        guard let owner, let bus else {
            // That it leaves is told by the central.
            if !isAbsenceTold, !central.isServed {
                hooks.log(.info, "Bluetooth waits: bluetoothd does not run")
            }
            isAbsenceTold = true
            startLater()
            return handle(.vanished)
        }
        (isAbsenceTold, startAttempts) = (false, 0)
        starter?.set(atMicroseconds: .max)
        let manager = "org.freedesktop.DBus.ObjectManager"
        do throws(BusError) {
            // Signals first, then the list: nothing is missed between both.
            matches = [
                try bus.subscribe(BusMatch(sender: owner, interface: manager)) { [weak self] in
                    self?.objectsChanged($0)
                },
                try bus.subscribe(
                    BusMatch(
                        sender: owner,
                        path: .namespace("/org/bluez"),
                        interface: "org.freedesktop.DBus.Properties",
                        member: "PropertiesChanged"
                    )
                ) { [weak self] in self?.propertiesChanged($0) },
            ]
        } catch {
            return hooks.log(.warning, "bluetoothd cannot be watched: \(error)")
        }
        handle(.appeared)
    }

    /// Nothing restarts bluetoothd when it was killed, as Debian ships it; a bus that can start it does so
    /// when it is asked to.
    private func startLater() {
        let pause = Self.startPauses[min(startAttempts, Self.startPauses.count - 1)]
        startAttempts += 1
        starter?.set(atMicroseconds: EventSource.now() + pause)
    }

    private func startService() {
        let name = "org.freedesktop.DBus"
        let call = BusCall(
            service: name,
            path: "/org/freedesktop/DBus",
            interface: name,
            member: "StartServiceByName",
            arguments: [.string(Self.service), .uint32(0)]
        )
        // Its owner says whether it helped.
        send(call) { _ in }
        startLater()
    }

    // MARK: Objects

    private func objectsChanged(_ signal: BusSignal) {
        guard signal.arguments.count == 2, let path = signal.arguments[0].asText else { return }
        switch signal.member {
        case "InterfacesAdded": told(signal.arguments[1], of: path)
        case "InterfacesRemoved":
            let gone = signal.arguments[1].asTexts ?? []
            let isGone = gone.contains { ["org.bluez.Adapter1", "org.bluez.Device1"].contains($0) }
            if isGone || gone.contains("org.bluez.GattCharacteristic1") { handle(.removed(path: path)) }
        default: break
        }
    }

    private func propertiesChanged(_ signal: BusSignal) {
        guard signal.arguments.count >= 2, let interface = signal.arguments[0].asText else { return }
        if let subscription = notified[signal.path], let bytes = signal.arguments[1]["Value"]?.asBytes,
            let payload = Payload(bytes)
        {
            received(payload, over: subscription)
        }
        told(interface, signal.arguments[1], of: signal.path)
    }

    private func told(_ interfaces: BusValue, of path: String) {
        for entry in interfaces.asEntries ?? [] {
            guard let interface = entry.key.asText else { continue }
            told(interface, entry.value.unwrapped, of: path)
        }
    }

    private func told(_ interface: String, _ properties: BusValue, of path: String) {
        guard var facts = Facts(interface: interface, properties) else { return }
        if case .adapter(var adapter) = facts, let address = adapter.address {
            adapter.source = hooks.source(address)
            facts = .adapter(adapter)
        }
        handle(.object(path: path, facts))
    }

    // MARK: The central

    private func handle(_ event: Central.Event) {
        central.handle(event, at: Self.now)
        carryOut()
    }

    private func received(_ payload: Payload, over subscription: Subscription) {
        if let frame = central.receive(subscription, payload, at: Self.now) { hooks.frame(frame) }
    }

    /// Does what the central asks for, in order, until it asks for nothing more.
    private func carryOut() {
        guard !isCarryingOut else { return }
        isCarryingOut = true
        while !central.commands.isEmpty || !central.frames.isEmpty {
            central.takeFrames(into: &frames)
            for frame in frames { hooks.frame(frame) }
            central.takeCommands(into: &commands)
            for command in commands { carryOut(command) }
        }
        isCarryingOut = false
        if let wake = central.nextWake { timer?.set(atMicroseconds: UInt64(wake.nanoseconds) / 1_000 + 1) }
    }

    private func carryOut(_ command: Central.Command) {
        switch command {
        case .call(let id, let call): ask(call, id)
        case .release(let subscription):
            sockets.removeValue(forKey: subscription)?.close()
            for (path, known) in notified where known == subscription { notified[path] = nil }
        case .restartService: hooks.restartService()
        case .resetAdapter(_, let address): hooks.resetAdapter(address)
        case .log(let notability, let text): hooks.log(notability, text)
        case .named(let sensor, let name): hooks.named(sensor, name)
        }
    }

    // MARK: Calls

    private func ask(_ call: Call, _ id: CallID) {
        send(call.busCall) { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let values): answered(call, id, values)
            case .failure(let error): failed(call, id, error)
            }
        }
    }

    /// The central's own deadline is the shorter one; this one only ends what the bus would keep for ever.
    private func send(_ call: BusCall, _ answer: @escaping PendingCall.Answer) {
        guard let bus else { return }
        do throws(BusError) {
            try bus.call(call, within: 60_000_000, answer)
        } catch {
            // Answered later, like everything else.
            Reactor.schedule(afterMicroseconds: 0) { answer(.failure(error)) }
        }
    }

    private func answered(_ call: Call, _ id: CallID, _ values: [BusValue]) {
        guard central.isWaiting(for: id) else { return }  // Too late: what came with it is closed.
        switch call {
        case .listObjects:
            for object in values.first?.asEntries ?? [] {
                guard let path = object.key.asText else { continue }
                told(object.value, of: path)
            }
        case .read:
            let value = values.first?.asBytes.flatMap { Payload($0) }
            return handle(.reply(id, value.map { .value($0) } ?? .failed(.other("it is too long"))))
        case .subscribe(_, let subscription):
            guard let descriptor = values.first?.asDescriptor else {
                return handle(.reply(id, .failed(.other("no socket"))))
            }
            sockets[subscription] = ValueSocket(
                descriptor,
                received: { [weak self] in self?.received($0, over: subscription) },
                ended: { [weak self] in self?.handle(.ended(subscription)) }
            )
        default: break
        }
        handle(.reply(id, .done))
    }

    private func failed(_ call: Call, _ id: CallID, _ error: BusError) {
        let failure = CallFailure(error)
        guard case .subscribe(let path, let subscription) = call, central.isWaiting(for: id) else {
            return handle(.reply(id, .failed(failure)))
        }
        switch failure {
        case .notPermitted where error.fault?.message == Self.acquiredWords:
            // The socket before this one was closed a moment ago, and bluetoothd has not noticed yet.
            Reactor.schedule(afterMicroseconds: Self.acquirePause) { [weak self] in
                guard let self, central.isWaiting(for: id) else { return }
                ask(call, id)
            }
        case .notSupported, .unknownObject, .notPermitted, .inProgress:
            notify(path, subscription, id)
        default: handle(.reply(id, .failed(failure)))
        }
    }

    /// No socket is to be had, because nobody offers one or another program listens too: the values come as
    /// signals then.
    private func notify(_ path: String, _ subscription: Subscription, _ id: CallID) {
        notified[path] = subscription
        send(Call.startNotify(path)) { [weak self] result in
            guard let self else { return }
            if case .failure(let error) = result, CallFailure(error) != .inProgress {
                if notified[path] == subscription { notified[path] = nil }
                return handle(.reply(id, .failed(CallFailure(error))))
            }
            // In progress: an earlier call of ours was not answered in time, and was carried out.
            handle(.reply(id, .done))
        }
    }
}
