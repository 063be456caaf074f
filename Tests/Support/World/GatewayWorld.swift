import Engine
import Messages
import Outbox
import Simulation
import Twin
public import Wire

/// A gateway in virtual time: the real engine and its outbox, fed by a simulated squad, between a store, a
/// broker and clocks that follow a script drawn from the seed.
///
///     var world = GatewayWorld(seed: 7)
///     world.run(for: 5 * .minute)
///     world.heal()
///     world.run(for: 15 * .minute)
///     // world.violations is empty, world.isDrained is true
///
/// What must never happen is checked after every event and told in ``violations``.
public struct GatewayWorld {
    public internal(set) var violations: [String] = []
    /// FNV-1a over what was said in either direction, with times.
    public private(set) var trace: UInt64 = 0xCBF2_9CE4_8422_2325
    /// One line for each thing that happened; empty unless asked for.
    public private(set) var story: [String] = []
    public internal(set) var tally = Tally()
    public private(set) var now = Instant(nanoseconds: 1_000 * .second)

    /// What happened in this world, to show that it happened at all.
    public struct Tally: Hashable, Sendable {
        public var rows = 0, lostRows = 0, crashes = 0, stops = 0, failedCommits = 0, published = 0
        public var connections = 0, holds = 0, steps = 0

        public init() {}
    }

    let climate: Climate
    private let tellsStory: Bool
    var random: SplitMix64
    private var squad: Squad
    private var agenda = Agenda()
    /// Faults come to an end, and so do frames.
    private(set) var isHealthy = false

    var store = ScriptedStore()
    var broker = ScriptedBroker()
    /// The storage thread is busy until then.
    private var storeFree = Instant(nanoseconds: 0)
    /// `nil` while no process runs.
    var process: GatewayProcess?
    private var lives = 0
    private var boot = BootID(high: 1, low: 1)
    /// When the kernel of this boot gets the time, and by how much the system clock is off.
    private var synchronisedAt = Instant(nanoseconds: 0)
    private var systemTime: Nanoseconds = 1_767_225_600 * .second
    /// The newest row by boot and athlete that the store has, to see that none comes twice.
    var newestRows: [RowKey: Instant] = [:]

    public init(seed: UInt64, tellsStory: Bool = false) {
        random = SplitMix64(seed: seed)
        climate = Climate(using: &random)
        self.tellsStory = tellsStory
        squad = Squad(athletes: climate.athletes, seed: seed, start: now)
        synchronisedAt = now + delay(climate.synchronisedWithin)
        if tellsStory { story.append("\(climate)") }
        schedule(.start, after: .second)
        scheduleFaults()
    }

    /// From now on everything works, and no more frames come.
    public mutating func heal() {
        isHealthy = true
        note(1, 0, "healed")
        agenda.remove { event in
            switch event {
            case .crash, .stop, .reload, .step: true
            default: false
            }
        }
        synchronisedAt = min(synchronisedAt, now)
        if let process, process.isStopping { end(process, "killed while it stopped", isPowerCut: false) }
    }

    /// Whether the broker has everything that was ever committed, and the gateway and its store know.
    public var isDrained: Bool {
        guard let process, let uplink = process.engine.uplinks.first else { return false }
        return process.engine.isFlushed && store.deliverable == store.next && uplink.cursor == store.next
            && store.cursor == store.next && !uplink.isHeld && broker.receivedCount == store.messages.count
    }

    /// How things stand, for a failure's message.
    public var summary: String {
        let uplink = process?.engine.uplinks.first
        return "next \(store.next), deliverable \(store.deliverable), received \(broker.receivedCount), "
            + "cursor \(uplink?.cursor ?? 0), durable cursor \(store.cursor), "
            + "flushed \(process?.engine.isFlushed ?? false), held \(uplink?.isHeld ?? false)"
    }

    public mutating func run(for duration: Nanoseconds) {
        let end = now + duration
        while true {
            let wake = process.flatMap { $0.isStopping ? nil : max($0.engine.nextWake, now) } ?? end
            let limit = min(agenda.next ?? end, wake, end)
            if !isHealthy, hear(before: limit) { continue }
            guard limit < end else { break }
            now = limit
            if let event = agenda.popFirst(at: limit) {
                happen(event)
            } else {
                process?.engine.advance(to: now)
                carryOut()
                if process.map({ !$0.isStopping && $0.engine.nextWake <= now }) ?? false {
                    return check(false, "asked for a time that has passed")
                }
            }
        }
        now = end
    }

    /// Feeds frames. Answers whether the engine asked for something, so that the limit may be another one.
    private mutating func hear(before limit: Instant) -> Bool {
        while let frame = squad.next(before: limit) {
            now = max(now, frame.time)
            guard process != nil, !process!.isStopping else { continue }
            process!.engine.take(frame)
            guard process!.engine.commands.isEmpty else {
                carryOut()
                return true
            }
        }
        return false
    }

    // MARK: What happens

    private mutating func happen(_ event: Happening) {
        switch event {
        case .start: start()
        case .crash:
            if let process { end(process, "crashed", isPowerCut: happens(climate.powerCut)) }
            if let mean = climate.crashEvery { schedule(.crash, after: delay(2 * mean)) }
        case .stop:
            beginStop()
            if let mean = climate.stopEvery { schedule(.stop, after: delay(2 * mean)) }
        case .stopped(let life): if process?.life == life { finishStop() }
        case .reload:
            reload()
            if let mean = climate.reloadEvery { schedule(.reload, after: delay(2 * mean)) }
        case .step:
            let large = Bool.random(using: &random)
            systemTime += Int64.random(in: -100...100, using: &random) * (large ? .second : .millisecond)
            tally.steps += 1
            if let mean = climate.stepEvery { schedule(.step, after: delay(2 * mean)) }
        case .sample(let life): if process?.life == life { sampleClock() }
        case .store(let task, let life): if process?.life == life { finish(task) }
        case .broker(let event, let connection): if broker.number == connection { hear(event) }
        }
        check()
    }

    private mutating func scheduleFaults() {
        if let mean = climate.crashEvery { schedule(.crash, after: delay(2 * mean)) }
        if let mean = climate.stopEvery { schedule(.stop, after: delay(2 * mean)) }
        if let mean = climate.reloadEvery { schedule(.reload, after: delay(2 * mean)) }
        if let mean = climate.stepEvery { schedule(.step, after: delay(2 * mean)) }
    }

    // MARK: The process

    private mutating func start() {
        guard process == nil else { return }
        lives += 1
        let life = lives
        note(2, UInt64(life), "process \(life) starts")
        var settings = Engine.Settings(gateway: "world", boot: boot)
        settings.commitInterval = climate.commitInterval
        settings.payloadMaximum = climate.payloadMaximum
        settings.trust = climate.trust
        settings.seed = random.next()
        let grid = now - utc % .second
        var engine = Engine(settings: settings, start: grid)
        engine.adopt(squad.roster.map { .init(athlete: $0.athlete, sensors: $0.sensors) }, at: now)
        engine.opened(deliverableBelow: store.deliverable, at: now)
        engine.take(store.pastBoots(before: boot), at: now)
        process = GatewayProcess(engine: engine, life: life, now: now)
        process?.deliverable = store.deliverable
        process?.intervalMaximum = climate.commitInterval
        sampleClock()
        guard process != nil else { return }  // It crashed at once.
        let outbox = Outbox(
            cursor: store.cursor,
            deliverableBelow: store.deliverable,
            settings: .init(),
            seed: random.next(),
            now: now
        )
        process?.engine.addUplink("mqtt", outbox: outbox, cursor: store.cursor, at: now)
        carryOut()
    }

    /// The process is gone from one moment to the next. What the storage thread was doing may be done or not.
    mutating func end(_ process: GatewayProcess, _ how: StaticString, isPowerCut: Bool) {
        let tasks = agenda.remove { if case .store = $0 { true } else { false } }
        for case .store(let task, _) in tasks where task.start <= now {
            if case .commit = task.work, task.outcome != .failed, Bool.random(using: &random) { apply(task) }
        }
        checkLoss()
        store.close()
        storeFree = now
        broker.end()
        self.process = nil
        tally.crashes += 1
        note(
            3,
            UInt64(process.life),
            "process \(process.life) \(how)\(isPowerCut ? " with the machine" : "")"
        )
        if isPowerCut {
            boot = BootID(high: 1, low: boot.low + 1)
            synchronisedAt = now + delay(climate.synchronisedWithin)
        }
        schedule(.start, after: isHealthy ? .second : delay(10 * .second))
    }

    /// What the daemon does on SIGTERM.
    private mutating func beginStop() {
        guard process != nil, !process!.isStopping else { return }
        note(4, 0, "told to stop")
        process!.isStopping = true
        process!.toldToStop = now
        process!.hasStoreFailed = false
        process!.engine.flush(at: now)
        schedule(.stopped(life: process!.life), after: 4 * .second)
        carryOut()
        finishStopIfFlushed()
    }

    /// Its patience is over, or everything is written.
    mutating func finishStop() {
        guard let ended = process else { return }
        if ended.engine.isFlushed {
            let isWhole = ended.oldestPending.map { $0 > ended.toldToStop } ?? true
            check(isWhole, "stopped cleanly and lost a row", UInt64(ended.pendingCount))
        } else {
            let isExcused = ended.hasStoreFailed || storeFree > now
            check(isExcused, "stopped with rows that the store would have taken")
        }
        tally.stops += 1
        tally.crashes -= 1
        end(ended, "stopped", isPowerCut: false)
    }

    private mutating func reload() {
        guard process != nil, !process!.isStopping else { return }
        var settings = process!.engine.settings
        settings.commitInterval = [1, 3, 10].randomElement(using: &random)! * .second
        process!.intervalMaximum = max(process!.intervalMaximum, settings.commitInterval)
        note(5, UInt64(settings.commitInterval), "told to reload")
        process!.engine.apply(settings)
        process!.engine.handle(.reload, uplink: 0, at: now)
        carryOut()
    }

    // MARK: Clocks

    private var utc: Nanoseconds { systemTime + now.nanoseconds }

    private mutating func sampleClock() {
        guard let life = process?.life else { return }
        schedule(.sample(life: life), after: 10 * .second)
        let sample = ClockSample(
            at: now,
            utc: utc,
            isSynchronised: now >= synchronisedAt,
            error: .millisecond
        )
        process?.engine.take(sample)
        carryOut()
    }

    // MARK: Time and chance

    /// Lines a task up behind the others of the storage thread.
    mutating func ask(_ work: StoreTask.Work, _ outcome: StoreTask.Outcome, takes duration: Nanoseconds) {
        guard let life = process?.life else { return }
        let start = max(now, storeFree)
        storeFree = start + duration
        agenda.insert(
            .store(StoreTask(work: work, outcome: outcome, asked: now, start: start), life: life),
            at: storeFree
        )
    }

    mutating func schedule(_ event: Happening, after delay: Nanoseconds) {
        agenda.insert(event, at: now + delay)
    }

    mutating func delay(_ maximum: Nanoseconds) -> Nanoseconds {
        Nanoseconds.random(in: 1...max(1, maximum), using: &random)
    }

    /// Whether a fault of so many in a thousand happens now.
    mutating func happens(_ perMille: Int) -> Bool {
        !isHealthy && perMille > 0 && Int.random(in: 0..<1_000, using: &random) < perMille
    }

    mutating func check(_ condition: Bool, _ message: StaticString, _ number: UInt64 = 0) {
        guard !condition else { return }
        violations.append("\(message) (\(number)) at \(now.nanoseconds / .millisecond) ms")
        note(6, number, "VIOLATION: \(message) (\(number))")
    }

    mutating func note(_ code: UInt64, _ number: UInt64, _ text: @autoclosure () -> String) {
        for word in [code, number, UInt64(bitPattern: now.nanoseconds)] {
            trace = (trace ^ word) &* 0x100_0000_01B3
            trace ^= trace >> 29
        }
        if tellsStory { story.append("\(now.nanoseconds / .millisecond) ms: \(text())") }
    }
}
