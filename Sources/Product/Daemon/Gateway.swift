import CaptureFile
import Configuration
import Engine
import MQTTUplink
import Messages
import Outbox
import Reactor
import Store
import Systemd
import Wire

/// The engine in the world: feeds it from radios, clocks, the store and the brokers, and carries out what it
/// asks for. Everything here runs on the reactor; only the store has a thread of its own.
@Reactor
final class Gateway {
    private(set) var engine: Engine
    private(set) var configuration: Configuration
    let identity: GatewayIdentity
    let journal: JournalLog

    private let store: Store
    private let thread: SerialThread
    private var storeState: StoreState
    private var mqtt: MQTTDelivery?
    private var radios: [any Radio] = []
    private var timers: [EventSource] = []
    private var second: EventSource?
    private var commands: [Engine.Command] = []
    private var isCarryingOut = false
    private var recorder: CaptureRecorder?
    private var health = HealthMeter()
    /// Sensors whose retained record is out of date, oldest change first.
    private var changedSensors: [Int] = []
    /// Called once a second, after the rows of the second.
    var onSecond: (@Reactor (Gateway) -> Void)?

    /// How often both clocks are compared.
    private static let clockInterval: UInt64 = 10_000_000  // µs
    private static let healthInterval: UInt64 = 30_000_000  // µs

    init(
        configuration: Configuration,
        identity: GatewayIdentity,
        journal: JournalLog
    ) {
        (self.configuration, self.identity, self.journal) = (configuration, identity, journal)
        thread = SerialThread(named: "store")
        let options = StoreOptions(configuration, identity: identity)
        store = Store(directory: identity.stateDirectory, options: options, thread: thread)
        storeState = StoreState()
        // The grid of seconds lies on whole seconds of the system clock as it is now.
        let start = Instant(nanoseconds: Machine.bootTime) - Machine.systemTime % .second
        engine = Engine(settings: .init(configuration, identity: identity), start: start)
    }

    /// Opens the store, starts radios and uplinks. Whatever is missing is told and picked up later; nothing
    /// here fails.
    func start() async {
        await openStore()
        sampleClock()
        startUplinks()
        startRadios()
        startTimers()
        carryOut()
    }

    // MARK: Store

    private func openStore() async {
        do throws(StoreError) {
            let opening = try await store.open(uplinks: uplinkNames)
            take(opening)
        } catch {
            storeState.failure = error
            journal.write(.error, "\(error) Rows are kept in memory until it works.", id: .storeFailed)
        }
    }

    private var uplinkNames: [String] { configuration.mqtt.brokers.isEmpty ? [] : [MQTTDelivery.name] }

    private func take(_ opening: Opening) {
        storeState.take(opening)
        let now = self.now
        for incident in opening.incidents { tell(incident, at: now) }
        engine.opened(deliverableBelow: opening.deliverable, at: now)
        let past = opening.waiting.filter { $0.boot != identity.boot }.map {
            PastBoot(boot: $0.boot, first: $0.first, last: $0.last, after: $0.after)
        }
        engine.take(past, at: now)
    }

    private func tell(_ incident: StoreIncident, at time: Instant) {
        switch incident {
        case .newStream(let reason):
            engine.addEvent("stream.new", at: time) { $0.member("reason", reason.name) }
            journal.write(.info, "A new stream begins: \(reason.name).", id: .streamNew)
        case .setAside(let path, let reason):
            engine.addEvent("store.set_aside", at: time) { json in
                json.member("reason", reason)
            }
            journal.write(.warning, "The store was set aside as \(path): \(reason)", id: .storeSetAside)
        case .recovered:
            engine.addEvent("store.recovered", at: time)
            journal.write(
                .info,
                "The last stop was not clean; what was committed is there.",
                id: .storeRecovered
            )
        case .rotten(let position):
            journal.write(
                .warning,
                "Message \(position) was damaged on the disk and is withdrawn.",
                id: .storeRotten
            )
        }
    }

    private func commit(_ request: CommitRequest) {
        Task { @Reactor in
            // The store counts acknowledged positions, the engine what lies below them.
            let cursors = request.cursors.compactMapValues { $0 > 0 ? $0 - 1 : nil }
            do throws(StoreError) {
                let receipt = try await store.commit(
                    request.drafts,
                    cursors: cursors,
                    anchor: request.anchor,
                    nowUTC: request.anchor?.utc(at: now)
                )
                take(receipt)
            } catch {
                if storeState.failure != error {
                    journal.write(.error, "\(error) Rows are kept in memory meanwhile.", id: .storeFailed)
                }
                storeState.failure = error
                engine.commitFailed(at: now)
            }
            carryOut()
        }
    }

    private func take(_ receipt: Receipt) {
        storeState.take(receipt)
        if let opening = receipt.reopened {
            for incident in opening.incidents { tell(incident, at: now) }
            mqtt?.identity = opening.identity
        }
        for incident in receipt.incidents { tell(incident, at: now) }
        if receipt.withdrawn > 0 {
            engine.addEvent("store.bound", at: now) { $0.member("withdrawn", receipt.withdrawn) }
        }
        engine.committed(CommitReceipt(deliverableBelow: receipt.deliverable), at: now)
    }

    private func anchor(_ anchor: Anchor) {
        Task { @Reactor in
            do throws(StoreError) {
                engine.anchored(deliverableBelow: try await store.anchor(anchor), at: now)
            } catch {
                journal.write(.warning, "Waiting messages got no time yet: \(error)", id: .storeFailed)
                engine.anchorFailed(anchor, at: now)
            }
            carryOut()
        }
    }

    // MARK: Radios

    private func startRadios() {
        adoptRoster()
        let simulator = configuration.radios.simulator
        if simulator.enabled {
            let radio = SimulatedSquad(athletes: simulator.athletes, seed: simulator.seed)
            engine.adopt(radio.roster, at: now)
            radios.append(radio)
        }
        if configuration.capture.enabled { startRecorder() }
        for radio in radios { radio.start { [unowned self] frame in take(frame) } }
    }

    private func adoptRoster() {
        guard let path = configuration.athletes.roster else { return }
        do throws(RosterFault) {
            engine.adopt(try RosterFile.read(path), at: now)
        } catch {
            journal.write(.error, "The roster was not read: \(error)", id: .roster)
        }
    }

    private func startRecorder() {
        recorder = CaptureRecorder(
            directory: identity.stateDirectory + "/captures",
            maximumBytes: configuration.capture.maxSize,
            header: { [unowned self] in captureHeader },
            thread: thread,
            journal: journal
        )
    }

    /// The first line of a capture that begins now.
    private var captureHeader: CaptureHeader {
        var sources = SourceTable()
        for name in radios.flatMap(\.sources) { sources.add(SourceTable.Source(name: name)) }
        let now = self.now
        let anchor = engine.clock.bestAnchor(boot: identity.boot, at: now)
        // At a whole millisecond of UTC, which is all that the header can tell.
        let utc = anchor.utc(at: now) / .millisecond * .millisecond
        return CaptureHeader(
            gateway: identity.gateway,
            boot: identity.boot,
            time: now - (anchor.utc(at: now) - utc),
            realtime: utc,
            clock: anchor.clock,
            sources: sources,
            roster: engine.roster.map { wearer in
                CapturedAthlete(id: wearer.athlete, sensors: wearer.sensors.map(\.description))
            }
        )
    }

    /// Takes in a frame of any radio.
    func take(_ frame: Frame) {
        recorder?.record(frame)
        engine.take(frame)
        if !engine.commands.isEmpty { carryOut() }
    }

    // MARK: Time

    var now: Instant { Instant(nanoseconds: Machine.bootTime) }

    private func startTimers() {
        second = EventSource.timer { [unowned self] in
            advance()
            arm()
        }
        arm()
        every(Self.clockInterval) { [unowned self] in sampleClock() }
        every(Self.healthInterval) { [unowned self] in publishHealth() }
        if storeState.needsCheck { checkStore() }
    }

    private func arm() {
        second?.set(atMicroseconds: UInt64(max(0, engine.nextWake.nanoseconds)) / 1_000 + 1)
    }

    private func advance() {
        let before = engine.nextSecond
        engine.advance(to: now)
        carryOut()
        if engine.nextSecond != before {
            publishSensors()
            recorder?.flush()
            onSecond?(self)
        }
    }

    private func every(_ microseconds: UInt64, _ body: @escaping @Reactor () -> Void) {
        var next = EventSource.now() + microseconds
        var timer: EventSource?
        timer = EventSource.timer(accuracyMicroseconds: 100_000) {
            body()
            next = max(next + microseconds, EventSource.now())
            timer?.set(atMicroseconds: next)
        }
        timer?.set(atMicroseconds: next)
        if let timer { timers.append(timer) }
    }

    private func sampleClock() {
        let kernel = Machine.synchronisation
        engine.take(
            ClockSample(
                at: now,
                utc: Machine.systemTime,
                isSynchronised: kernel.isSynchronised,
                error: kernel.error
            )
        )
        carryOut()
    }

    /// After an unclean stop: looks at everything, a slice at a time, between commits.
    private func checkStore() {
        Task { @Reactor in
            do throws(StoreError) {
                let progress = try await store.quickCheckSlice()
                guard progress.remaining > 0 else {
                    return journal.write(.info, "The store was checked and is sound.", id: .storeChecked)
                }
                Reactor.schedule(afterMicroseconds: 200_000) { [weak self] in self?.checkStore() }
            } catch {
                journal.write(.error, "The check of the store ended: \(error)", id: .storeFailed)
            }
        }
    }

    // MARK: Uplinks

    private func startUplinks() {
        guard configuration.mqtt.enabled, !configuration.mqtt.brokers.isEmpty else {
            return journal.write(.info, "No broker is configured; rows stay in the store.", id: .uplinkNone)
        }
        let settings: MQTTUplink.Settings
        do throws(CredentialError) {
            settings = try MQTTUplink.Settings(configuration.mqtt, gateway: identity.gateway)
        } catch {
            return journal.write(.error, "MQTT stays off: \(error)", id: .uplinkFailed)
        }
        let delivery = MQTTDelivery(
            settings: settings,
            outbox: Outbox.Settings(
                window: configuration.mqtt.inFlight,
                rate: configuration.mqtt.drainRate
            ),
            store: store,
            journal: journal,
            gateway: identity
        )
        delivery.identity = storeState.identity
        delivery.report = { [unowned self] event in
            engine.handle(event, uplink: 0, at: now)
            carryOut()
        }
        delivery.becameOnline = { [unowned self] in
            changedSensors = Array(engine.sensors.indices)
            publishSensors()
        }
        mqtt = delivery
        engine.addUplink(
            MQTTDelivery.name,
            outbox: delivery.makeOutbox(
                cursor: storeState.cursor(of: MQTTDelivery.name),
                deliverableBelow: storeState.deliverable,
                now: now
            ),
            cursor: storeState.cursor(of: MQTTDelivery.name),
            at: now
        )
    }

    /// Does what the engine asks for, in order, until it asks for nothing more.
    private func carryOut() {
        guard !isCarryingOut else { return }
        isCarryingOut = true
        while !engine.commands.isEmpty {
            engine.takeCommands(into: &commands)
            for index in commands.indices { carryOut(commands[index]) }
        }
        isCarryingOut = false
        arm()
    }

    private func carryOut(_ command: Engine.Command) {
        switch command {
        case .commit(let request): commit(request)
        case .anchor(let anchor): self.anchor(anchor)
        case .live(let athlete, let row):
            let session = engine.athletes[athlete].session.map { engine.sessions[$0].id }
            mqtt?.publishLive(
                row,
                of: engine.athletes[athlete].id,
                session: session,
                anchor: engine.clock.bestAnchor(boot: identity.boot, at: row.time)
            )
        case .uplink(_, let command): mqtt?.carryOut(command)
        case .sensorChanged(let sensor):
            if !changedSensors.contains(sensor) { changedSensors.append(sensor) }
        case .log(let notice):
            journal.write(notice.level == .warning ? .warning : .info, notice.text, id: .engine)
        }
    }

    /// Publishes the records of sensors that changed in the last second.
    private func publishSensors() {
        guard let mqtt, mqtt.isOnline else { return }
        for index in changedSensors { mqtt.publish(engine.sensors[index], of: engine) }
        changedSensors.removeAll(keepingCapacity: true)
    }

    private func publishHealth() {
        guard let mqtt else { return }
        let report = health.report(
            of: engine,
            store: storeState,
            waiting: waiting,
            skippedLive: mqtt.skippedLive,
            gateway: identity.gateway,
            at: now
        )
        mqtt.publishHealth(report)
    }

    /// One line about how things stand, for `systemctl status`.
    var status: String {
        let heard = engine.sensors.lazy.filter(\.isHeard).count
        let uplink = mqtt.map { $0.isOnline ? "broker connected" : "broker away" } ?? "no broker"
        return "\(heard) sensors, \(engine.athletes.count) athletes, \(uplink), \(waiting) messages waiting"
    }

    /// Messages in the store and before it that no broker has yet.
    var waiting: UInt64 {
        let stored = engine.uplinks.map { storeState.next - min($0.cursor, storeState.next) }.max() ?? 0
        return stored + UInt64(engine.waitingMessages)
    }

    /// Whether another daemon holds the store: the one failure that ends this one.
    var isLockedOut: Bool {
        if case .locked = storeState.failure { return true }
        return false
    }

    /// How to see the same from outside.
    var hint: String {
        guard let address = mqtt?.settings.brokers.first else { return "No broker: rows stay in the store." }
        return "mosquitto_sub -h \(address.host) -p \(address.port) -t '\(mqtt?.settings.root ?? "")/#' -v"
    }

    var isBrokerConnected: Bool { mqtt?.isOnline ?? false }

    // MARK: Lifecycle

    /// Takes over what a running gateway can change; keys that need a restart are named and wait.
    func reload(_ new: Configuration) {
        for key in new.keysWaitingForRestart(against: configuration) {
            journal.write(.warning, "\(key) takes effect with the next start.", id: .reload)
        }
        let isMQTTChanged = new.mqtt != configuration.mqtt
        configuration = new
        engine.apply(.init(new, identity: identity))
        if isMQTTChanged, new.mqtt.brokers.isEmpty {
            journal.write(.warning, "mqtt.brokers: none takes effect with the next start.", id: .reload)
        } else if isMQTTChanged, let mqtt {
            do throws(CredentialError) {
                mqtt.apply(try MQTTUplink.Settings(new.mqtt, gateway: identity.gateway))
                engine.handle(.lost, uplink: 0, at: now)
            } catch {
                journal.write(.error, "The old MQTT settings stay: \(error)", id: .uplinkFailed)
            }
        }
        if mqtt != nil { engine.handle(.reload, uplink: 0, at: now) }
        carryOut()
    }

    /// Stops the radios, commits what is there, gives the broker two seconds for what is under way.
    func stop() async {
        for radio in radios { radio.stop() }
        second?.cancel()
        engine.flush(at: now)
        carryOut()
        var patience = 40
        while patience > 0, !engine.isFlushed || (isBrokerConnected && waiting > 0) {
            patience -= 1
            await pause(microseconds: 50_000)
            carryOut()
        }
        engine.flush(at: now)  // The cursors that moved meanwhile.
        carryOut()
        while !engine.isFlushed, patience > -40 {
            patience -= 1
            await pause(microseconds: 50_000)
        }
        mqtt?.stop()
        await recorder?.close()
        await store.close()
    }

    private func pause(microseconds: UInt64) async {
        await withCheckedContinuation { continuation in
            Reactor.schedule(afterMicroseconds: microseconds) { continuation.resume() }
        }
    }
}

/// A source of frames.
@Reactor
protocol Radio: AnyObject {
    /// Its sources in the order of their indices.
    var sources: [String] { get }
    func start(_ sink: @escaping @Reactor (Frame) -> Void)
    func stop()
}
