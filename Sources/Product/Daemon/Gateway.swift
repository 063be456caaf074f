import ANTStick
import BlueZ
import CaptureFile
import Configuration
import Engine
import MQTTUplink
import Messages
import Outbox
import Reactor
import Simulation
import Store
import Systemd
import Wire

/// The engine in the world: feeds it from radios, clocks, the store and the brokers, and carries out what it
/// asks for. Everything here runs on the reactor; only the store has a thread of its own.
@Reactor
final class Gateway {
    var engine: Engine
    private(set) var configuration: Configuration
    let identity: GatewayIdentity
    let journal: JournalLog

    let store: Store
    let thread: SerialThread
    var storeState: StoreState
    var mqtt: MQTTDelivery?
    var radios: [any Radio] = []
    var sticks: ANTSticks?
    var bluetooth: BlueZ?
    /// The sources of simulated squads, one squad after the other.
    lazy var simulatedSources = Squad.sources.compactMap { addSource(String($0.dropLast())) }
    var broadcasts: Broadcasts?
    /// Everything that was ever heard with, in the order of the indices that frames carry.
    var sources = SourceTable()
    private var timers: [EventSource] = []
    private var second: EventSource?
    /// The end of the second that was running when ``onSecond`` was called last.
    private var toldSecond: Instant
    private var commands: [Engine.Command] = []
    private var isCarryingOut = false
    var recorder: CaptureRecorder?
    var health = HealthMeter()
    /// Sensors whose retained record is out of date, oldest change first.
    var changedSensors: [Int] = []
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
        let clocks = Machine.clocks
        let start = Instant(nanoseconds: clocks.bootTime) - clocks.systemTime % .second
        toldSecond = start + .second
        engine = Engine(settings: .init(configuration, identity: identity), start: start)
    }

    /// Opens the store, starts radios and uplinks. Whatever is missing is told and picked up later; nothing
    /// here fails.
    func start() async {
        await openStore()
        guard !isLockedOut else { return }  // The other daemon's broker must not see a second one.
        sampleClock()
        startUplinks()
        startRadios()
        startTimers()
        carryOut()
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
        engine.advance(to: now)
        carryOut()
    }

    /// Does what is due once a second. A frame may close a second before its timer does.
    private func endSecond() {
        guard engine.nextSecond != toldSecond else { return }
        toldSecond = engine.nextSecond
        publishSensors()
        recorder?.flush()
        onSecond?(self)
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
        let clocks = Machine.clocks
        engine.take(
            ClockSample(
                at: Instant(nanoseconds: clocks.bootTime),
                utc: clocks.systemTime,
                isSynchronised: kernel.isSynchronised,
                error: kernel.error
            )
        )
        carryOut()
    }

    /// Does what the engine asks for, in order, until it asks for nothing more.
    func carryOut() {
        guard !isCarryingOut else { return }
        isCarryingOut = true
        while !engine.commands.isEmpty {
            engine.takeCommands(into: &commands)
            for index in commands.indices { carryOut(commands[index]) }
        }
        isCarryingOut = false
        arm()
        endSecond()
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

    /// One line about how things stand, for `systemctl status`.
    var status: String {
        let heard = engine.sensors.lazy.filter(\.isHeard).count
        let uplink = mqtt.map { $0.isOnline ? "broker connected" : "broker away" } ?? "no broker"
        let sticks = sticks?.reports(sources).map { "\($0.name) \($0.state), " }.joined() ?? ""
        return sticks + "\(heard) sensors, \(engine.athletes.count) athletes, \(uplink), "
            + "\(waiting) messages waiting"
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
        let old = configuration
        configuration = new
        journal.setThreshold(new.log.level.journalLevel)
        let options = StoreOptions(new, identity: identity)
        Task { @Reactor in await store.apply(options) }
        engine.apply(.init(new, identity: identity))
        if new.athletes.roster != old.athletes.roster { adoptRoster() }
        if new.capture != old.capture {
            applyCapture()
        } else if new.sensors != old.sensors {
            recorder?.beginAnew()
        }
        reloadUplinks()
        if new.radios.simulator != old.radios.simulator { applySimulator() }
        applySticks()
        applyBluetooth()
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
            for index in engine.uplinks.indices { engine.handle(.tick, uplink: index, at: now) }
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
