import Outbox
import Wire

/// Store, network, receiver and clock of one outbox, in virtual time. Everything is drawn from the seed.
struct World {
    private(set) var violations: [String] = []
    /// FNV-1a over everything that was said in either direction.
    private(set) var trace: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Positions that the receiver has, in order of first arrival.
    private(set) var arrived: [Outbox.Position] = []
    private(set) var attempts = 0
    private(set) var holds = 0
    private(set) var restarts = 0
    private(set) var now = Instant(nanoseconds: 0)
    private(set) var outbox: Outbox

    private let climate: Climate
    private let settings: Outbox.Settings
    private var random: SplitMix64
    private var isHealthy = false
    private var isAway = false

    /// What will happen, and when, ties in the order of scheduling.
    private var agenda: [(at: Instant, number: Int, event: Happening)] = []
    private var scheduled = 0
    private var timer: Instant?

    private var store = ScriptedStore()
    private var isStoring = true
    private var network = ScriptedConnection()
    private var durableCursor: Outbox.Position = 1
    private var acknowledged: Set<Outbox.Position> = []

    init(seed: UInt64, climate: Climate? = nil, settings: Outbox.Settings = .init()) {
        random = SplitMix64(seed: seed)
        self.climate = climate ?? Climate(using: &random)
        self.settings = settings
        outbox = Outbox(cursor: 1, deliverableBelow: 1, settings: settings, seed: seed, now: now)
        timer = now
        schedule(.commit, within: .second)
        schedule(.saveCursor, after: 10 * .second)
    }

    var cursor: Outbox.Position { outbox.cursor }
    var deliverableBelow: Outbox.Position { store.committedBelow }
    /// Whether everything that was stored is acknowledged and told so.
    var isDrained: Bool { cursor == store.committedBelow && !outbox.isHeld }

    /// From now on network, receiver and store work, and no new messages are stored.
    mutating func heal() {
        (isHealthy, isAway, isStoring) = (true, false, false)
    }

    /// The receiver answers no attempt until it is back.
    mutating func setAway(_ away: Bool) {
        isAway = away
        if away { breakConnection(told: true) }
    }

    mutating func send(_ event: Outbox.Event) { tell(event) }

    mutating func run(for duration: Nanoseconds) {
        let end = now + duration
        while true {
            let first = agenda.indices.min {
                (agenda[$0].at, agenda[$0].number) < (agenda[$1].at, agenda[$1].number)
            }
            let at = first.map { agenda[$0].at }
            if let timer, timer < at ?? end, timer < end {
                now = max(now, timer)
                self.timer = nil
                tell(.tick)
            } else if let first, let at, at < end {
                now = at
                happen(agenda.remove(at: first).event)
            } else {
                break
            }
        }
        now = end
    }

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .commit:
            guard isStoring else { return }
            store.commit(using: &random)
            tell(.stored(deliverableBelow: store.committedBelow))
            schedule(.commit, within: climate.commitInterval)
        case .saveCursor:
            durableCursor = outbox.cursor
            if happens(perMille: climate.restart) { restart() }
            schedule(.saveCursor, after: 10 * .second)
        case .answer(let event, let connection):
            guard connection == network.number else { return }
            hear(event)
        case .loaded(let event, let life):
            if life == restarts { tell(event) }
        }
        if happens(perMille: climate.hangUp) { breakConnection(told: true) }
    }

    private mutating func hear(_ event: Outbox.Event) {
        switch event {
        case .lost: network.end()
        case .connected: network.isOpen = true
        case .acknowledged(let position): network.answered(position)
        case .refused(let position, _): network.refused(position)
        default: break
        }
        if case .acknowledged(let position) = event { acknowledged.insert(position) }
        tell(event)
    }

    private mutating func tell(_ event: Outbox.Event) {
        note("\(event)")
        let before = outbox.cursor
        let commands = outbox.handle(event, now: now)
        for command in commands { carryOut(command) }
        check(outbox.cursor >= before, "moved the cursor back")
        check(network.unanswered.count <= network.window, "overran the window")
    }

    private mutating func carryOut(_ command: Outbox.Command) {
        note("\(command)")
        switch command {
        case .connect:
            attempts += 1
            check(!network.isBusy, "connected twice")
            network.begin()
            if isAway || happens(perMille: climate.silence) { return }  // Never answered.
            network.window = happens(perMille: climate.smallWindow) ? 3 : settings.window
            let refused = happens(perMille: climate.refusal)
            reply(refused ? .lost : .connected(receiveMaximum: network.window), within: 5 * .second)
        case .disconnect:
            check(network.isBusy, "disconnected without a connection")
            breakConnection(told: false)
        case .load(let position, let count):
            check(count > 0 && count <= 2 * settings.window, "asked for too much or nothing")
            let failed = happens(perMille: climate.loadFailure)
            let items = store.items(from: position, count: happens(perMille: 100) ? 1 : count)
            schedule(
                .loaded(failed ? .loadFailed : .loaded(items), life: restarts),
                within: 50 * .millisecond
            )
        case .publish(let position):
            publish(position)
        case .cursor(let position):
            check(position == outbox.cursor, "told a cursor that it does not have")
            check(
                store.isCovered(below: position, by: acknowledged),
                "cursor passed an unacknowledged message"
            )
        case .forget(let position):
            check(acknowledged.contains(position), "forgot before the acknowledgement", position)
        case .hold: holds += 1
        case .resume: break
        case .wake(let at):
            check(at >= now, "asked for a time that has passed")
            timer = at
        }
    }

    private mutating func publish(_ position: Outbox.Position) {
        check(network.isOpen, "published without a connection")
        check(store.contains(position), "published what the store does not have", position)
        check(position < store.committedBelow, "published before the commit", position)
        check(network.publish(position), "published out of order", position)
        if happens(perMille: climate.loss) { return }  // Lost on the way there: the answer never comes.
        if happens(perMille: climate.rejection) {
            reply(.refused(position, happens(perMille: 200) ? .hold : .retry), within: 200 * .millisecond)
            return
        }
        arrived.append(position)
        if happens(perMille: climate.loss) { return }  // The answer is lost.
        let limit = happens(perMille: climate.slowness) ? 20 * .second : 200 * Nanoseconds.millisecond
        reply(.acknowledged(position), within: limit)
        if happens(perMille: climate.echo) { reply(.acknowledged(position), within: .second) }
    }

    private mutating func restart() {
        restarts += 1
        breakConnection(told: false)
        let seed = random.next()
        outbox = Outbox(
            cursor: durableCursor,
            deliverableBelow: store.committedBelow,
            settings: settings,
            seed: seed,
            now: now
        )
        timer = now
    }

    private mutating func breakConnection(told: Bool) {
        guard network.isBusy else { return }
        network.end()
        if told { tell(.lost) }
    }

    private mutating func reply(_ event: Outbox.Event, within limit: Nanoseconds) {
        schedule(.answer(event, connection: network.number), within: limit)
    }

    private mutating func schedule(_ event: Happening, within limit: Nanoseconds) {
        schedule(event, after: Nanoseconds.random(in: 1...limit, using: &random))
    }

    private mutating func schedule(_ event: Happening, after delay: Nanoseconds) {
        scheduled += 1
        agenda.append((now + delay, scheduled, event))
    }

    private mutating func happens(perMille: Int) -> Bool {
        !isHealthy && perMille > 0 && Int.random(in: 0..<1_000, using: &random) < perMille
    }

    private mutating func check(_ condition: Bool, _ message: StaticString, _ number: UInt64 = 0) {
        if !condition { violations.append("\(message) (\(number)) at \(now.nanoseconds / .millisecond) ms") }
    }

    private mutating func note(_ text: @autoclosure () -> String) {
        guard climate.isTraced else { return }
        for byte in text().utf8 { trace = (trace ^ UInt64(byte)) &* 0x100_0000_01B3 }
        trace = (trace ^ UInt64(bitPattern: now.nanoseconds)) &* 0x100_0000_01B3
    }
}
