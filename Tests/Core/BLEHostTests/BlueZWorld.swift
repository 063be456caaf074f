import BLEHost
import Wire

/// A bluetoothd, its adapters and some straps, in virtual time. What it does wrong is drawn from a seed.
struct BlueZWorld {
    struct Faults {
        /// That a reply is late by up to 8 s, never comes, or is a refusal.
        var late = 0.0
        var lost = 0.0
        var refused = 0.0
        /// That a link breaks within a second, and that its values stop within a second.
        var drops = 0.0
        var stops = 0.0
        /// Links that one adapter holds; further ones are refused.
        var slots = 7
        var isHung = false
    }

    struct Strap {
        let address: UInt64
        var isThere = true
        var link: Int?
        var isResolved = false
        /// The socket over which values go, and whether they do.
        var socket: Subscription?
        var isSilent = false
        var visibleUntil: [Int: Instant] = [:]
        var sent = 0
    }

    var central: Central
    var faults = Faults()
    var straps: [Strap]
    private(set) var now = Instant(nanoseconds: 100 * .second)
    private(set) var log: [String] = []
    private(set) var values = 0
    /// Sockets that the central has and did not give back.
    private(set) var openSockets: Set<Subscription> = []
    private(set) var restarts = 0
    private(set) var calls = 0
    private(set) var connectsUnderWay = 0
    private(set) var violations: [String] = []

    private var random: SplitMix64
    private var isUp = false
    private var isDiscovering: [Bool]
    private var isPowered: [Bool]
    private var agenda: [(time: Instant, event: Happening)] = []

    private enum Happening {
        case event(Central.Event)
        case linked(strap: Int, adapter: Int, CallID)
        case resolved(strap: Int)
        case second
        case appear
    }

    static let measurement = AttributeUUID(0x2A37)

    init(straps count: Int, adapters: Int = 1, seed: UInt64) {
        random = SplitMix64(seed: seed)
        straps = (0..<count).map { Strap(address: 0xC0FF_EE00_0000 + UInt64($0)) }
        var interest = Interest()
        interest.services = [AttributeUUID(0x180D)]
        interest.characteristics = [
            Interest.Characteristic(uuid: Self.measurement, rate: 1),
            Interest.Characteristic(uuid: AttributeUUID(0x2A19), isRead: true),
        ]
        interest.wanted = Set(straps.map { .ble(address: $0.address) })
        central = Central(interest: interest, hearsBroadcasts: false, at: now)
        isDiscovering = Array(repeating: false, count: adapters)
        isPowered = Array(repeating: true, count: adapters)
        agenda.append((now, .second))
        appear()
    }

    // MARK: Hands

    mutating func appear() {
        isUp = true
        tell(.appeared)
    }

    mutating func vanish() {
        isUp = false
        agenda.removeAll { if case .second = $0.event { false } else { true } }
        for index in straps.indices { unlink(index) }
        for index in isDiscovering.indices { isDiscovering[index] = false }
        tell(.vanished)
    }

    var live: Int { central.peripherals.count { $0.isLinked } }

    // MARK: Time

    mutating func run(seconds: Int) { run(until: now + Nanoseconds(seconds) * .second) { _ in false } }

    /// Runs until all straps that are there are linked; answers after how many seconds. Throws after `limit`.
    mutating func secondsToLinks(limit: Int) throws -> Double {
        let (start, wanted) = (now, straps.count { $0.isThere })
        run(until: now + Nanoseconds(limit) * .second) { $0.live >= wanted }
        guard live >= wanted else { throw TooSlow(live: live, log: log.suffix(5)) }
        return Double(now - start) / 1e9
    }

    struct TooSlow: Error { var live: Int, log: ArraySlice<String> }

    private mutating func run(until end: Instant, _ isDone: (Self) -> Bool) {
        while !isDone(self) {
            let next = [agenda.map(\.time).min(), central.nextWake].compactMap { $0 }.min()
            guard let next, next < end else {
                now = end
                return
            }
            now = max(now, next)
            if let index = agenda.indices.filter({ agenda[$0].time <= now }).min(by: {
                agenda[$0].time < agenda[$1].time
            }) {
                happen(agenda.remove(at: index).event)
            } else {
                central.advance(to: now)
                carryOut()
            }
        }
    }

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .event(let event): tell(event)
        case .linked(let strap, let adapter, let call): finishLink(strap, adapter, call)
        case .resolved(let strap): resolve(strap)
        case .appear: appear()
        case .second:
            agenda.append((now + .second, .second))
            if isUp, !faults.isHung { passSecond() }
        }
    }

    private mutating func passSecond() {
        for index in straps.indices {
            if straps[index].link != nil, random.chance(faults.drops) { drop(index) }
            if random.chance(faults.stops) { straps[index].isSilent = true }
            if straps[index].link != nil, !straps[index].isSilent, let socket = straps[index].socket {
                straps[index].sent += 1
                if central.receive(socket, Payload([0x00, 60])!, at: now) != nil { values += 1 }
            }
            for adapter in isDiscovering.indices where isDiscovering[adapter] && isPowered[adapter] {
                if straps[index].isThere, straps[index].link == nil { sight(index, on: adapter) }
            }
            for (adapter, until) in straps[index].visibleUntil
            where until <= now && straps[index].link != adapter {
                straps[index].visibleUntil[adapter] = nil
                tell(.removed(path: path(index, adapter)))
            }
        }
    }

    // MARK: Objects

    private func adapterPath(_ index: Int) -> String { "/org/bluez/hci\(index)" }

    private func path(_ strap: Int, _ adapter: Int) -> String {
        let digits = Hex.text(straps[strap].address, digits: 12)
        let octets = stride(from: 0, to: 12, by: 2).map { String(Array(digits)[$0...($0 + 1)]) }
        return adapterPath(adapter) + "/dev_" + octets.joined(separator: "_")
    }

    private mutating func sight(_ index: Int, on adapter: Int) {
        var facts = DeviceFacts()
        facts.rssi = Int8(-50 - Int8(index % 30) - Int8(adapter))
        if straps[index].visibleUntil[adapter] == nil {
            facts.address = straps[index].address
            facts.services = [AttributeUUID(0x180D)]
            facts.isConnected = false
        }
        // bluetoothd forgets it 30 s after it was seen last.
        straps[index].visibleUntil[adapter] = now + 30 * .second
        tell(.object(path: path(index, adapter), .device(facts)))
    }

    private mutating func unlink(_ index: Int) {
        (straps[index].link, straps[index].isResolved) = (nil, false)
        (straps[index].socket, straps[index].isSilent) = (nil, false)
    }

    /// The link breaks: the socket ends, and a signal tells.
    mutating func drop(_ index: Int) {
        guard let adapter = straps[index].link else { return }
        let socket = straps[index].socket
        unlink(index)
        if let socket { tell(.ended(socket)) }
        var facts = DeviceFacts()
        (facts.isConnected, facts.isResolved) = (false, false)
        tell(.object(path: path(index, adapter), .device(facts)))
    }

    private mutating func finishLink(_ index: Int, _ adapter: Int, _ call: CallID) {
        connectsUnderWay -= 1
        guard straps[index].isThere, straps[index].link == nil, isPowered[adapter] else {
            return tell(.reply(call, .failed(.aborted)))
        }
        straps[index].link = adapter
        var facts = DeviceFacts()
        facts.isConnected = true
        tell(.object(path: path(index, adapter), .device(facts)))
        answer(call, .done)
        agenda.append((now + 300 * .millisecond, .resolved(strap: index)))
    }

    private mutating func resolve(_ index: Int) {
        guard let adapter = straps[index].link else { return }
        straps[index].isResolved = true
        var facts = DeviceFacts()
        facts.isResolved = true
        let objects = ["2a37", "2a19"].map { uuid in
            var facts = CharacteristicFacts()
            facts.uuid = AttributeUUID(uuid)
            (facts.canNotify, facts.canRead) = (uuid == "2a37", uuid == "2a19")
            return Central.Event.object(
                path: path(index, adapter) + "/service0010/char\(uuid)",
                .characteristic(facts)
            )
        }
        let flag = Central.Event.object(path: path(index, adapter), .device(facts))
        // In any order: bluetoothd may say "resolved" first.
        for event in random.chance(0.5) ? [flag] + objects : objects + [flag] { tell(event) }
    }

    private func strap(at path: String) -> (index: Int, adapter: Int)? {
        for index in straps.indices {
            for adapter in isDiscovering.indices where path.hasPrefix(self.path(index, adapter)) {
                return (index, adapter)
            }
        }
        return nil
    }

    // MARK: Calls

    private mutating func tell(_ event: Central.Event) {
        central.handle(event, at: now)
        carryOut()
    }

    private mutating func carryOut() {
        var commands: [Central.Command] = []
        while !central.commands.isEmpty {
            central.takeCommands(into: &commands)
            for command in commands { carryOut(command) }
        }
    }

    private mutating func carryOut(_ command: Central.Command) {
        switch command {
        case .call(let id, let call):
            calls += 1
            if isUp { obey(call, id) }
        case .release(let subscription):
            openSockets.remove(subscription)
            for index in straps.indices where straps[index].socket == subscription {
                straps[index].socket = nil
            }
        case .restartService:
            restarts += 1
            vanish()
            faults.isHung = false
            agenda.append((now + 2 * .second, .appear))
        case .resetAdapter: break
        case .log(_, let text): log.append(text)
        case .named: break
        }
    }

    /// Answers, soon or late, in whatever order that makes, or not at all.
    private mutating func answer(_ id: CallID, _ reply: Reply) {
        guard !random.chance(faults.lost) else { return }
        let delay = random.chance(faults.late) ? Nanoseconds.random(in: 1...8_000, using: &random) : 5
        agenda.append((now + delay * .millisecond, .event(.reply(id, reply))))
    }

    private mutating func obey(_ call: Call, _ id: CallID) {
        guard !faults.isHung else { return }
        if random.chance(faults.refused) {
            let failures: [CallFailure] = [
                .inProgress, .aborted, .notReady, .unknownObject, .notSupported,
                .other("org.bluez.Error.Failed"),
            ]
            return answer(id, .failed(failures.randomElement(using: &random)!))
        }
        switch call {
        case .listObjects:
            for index in isDiscovering.indices { tellAdapter(index) }
            answer(id, .done)
        case .power(let path, let on):
            guard let index = adapter(path) else { return answer(id, .failed(.unknownObject)) }
            isPowered[index] = on
            if !on {
                isDiscovering[index] = false
                for strap in straps.indices where straps[strap].link == index { drop(strap) }
            }
            tellAdapter(index)
            answer(id, .done)
        case .setDiscoveryFilter: answer(id, .done)
        case .startDiscovery(let path), .stopDiscovery(let path):
            guard let index = adapter(path) else { return answer(id, .failed(.unknownObject)) }
            guard isPowered[index] else { return answer(id, .failed(.notReady)) }
            isDiscovering[index] = if case .startDiscovery = call { true } else { false }
            tellAdapter(index)
            answer(id, .done)
        case .connect(let device): connect(device, id)
        case .disconnect(let device):
            if let (index, adapter) = strap(at: device), straps[index].link == adapter { drop(index) }
            answer(id, .done)
        case .remove(let device, _):
            if let (index, adapter) = strap(at: device) { straps[index].visibleUntil[adapter] = nil }
            tell(.removed(path: device))
            answer(id, .done)
        case .subscribe(let path, let subscription):
            guard let (index, adapter) = strap(at: path), straps[index].link == adapter else {
                return answer(id, .failed(.unknownObject))
            }
            openSockets.insert(subscription)
            straps[index].socket = subscription
            straps[index].isSilent = false
            answer(id, .done)
        case .unsubscribe, .pair: answer(id, .done)
        case .read: answer(id, .value(Payload([80])!))
        }
    }

    private func adapter(_ path: String) -> Int? { isDiscovering.indices.first { adapterPath($0) == path } }

    private mutating func tellAdapter(_ index: Int) {
        var facts = AdapterFacts()
        facts.address = "00:00:00:00:00:0\(index)"
        (facts.isPowered, facts.isDiscovering) = (isPowered[index], isDiscovering[index])
        facts.source = SourceIndex(UInt8(index))
        tell(.object(path: adapterPath(index), .adapter(facts)))
    }

    private mutating func connect(_ device: String, _ id: CallID) {
        guard let (index, adapter) = strap(at: device), straps[index].visibleUntil[adapter] != nil else {
            return answer(id, .failed(.unknownObject))
        }
        guard straps[index].link != adapter else { return answer(id, .failed(.already)) }
        if isDiscovering[adapter] { violations.append("connects while \(adapterPath(adapter)) discovers") }
        guard straps.count(where: { $0.link == adapter }) < faults.slots else {
            return answer(id, .failed(.noSlot))
        }
        connectsUnderWay += 1
        if connectsUnderWay > isDiscovering.count { violations.append("more than one connect at a time") }
        let duration = straps[index].isThere ? Nanoseconds.random(in: 200...900, using: &random) : 41_000
        agenda.append((now + duration * .millisecond, .linked(strap: index, adapter: adapter, id)))
    }
}

extension SplitMix64 {
    mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double(next() >> 11) / Double(1 << 53) < probability
    }
}
