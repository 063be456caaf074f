internal import Wire

/// Who scans, who connects, and what is done about an adapter that does neither.
extension Central {
    /// How long an adapter connects without a look around, and how long such a look takes: bluetoothd forgets
    /// what it saw 30 s after discovery ended.
    private static let connectTurn = 10 * Nanoseconds.second
    private static let scanTurn = 3 * Nanoseconds.second
    /// An adapter that heard something and hears nothing any more for so long is silent; one that heard two
    /// reports a second or more, sooner.
    private static let silence = 60 * Nanoseconds.second
    private static let busySilence = 10 * Nanoseconds.second
    /// Three steps against silence, each as soon as the one before did not help; then three an hour.
    private static let quickCures = 3
    private static let cureInterval = 20 * Nanoseconds.minute
    private static let inProgressLimit = 5
    /// Links whose services are being found and subscribed to, while the next one is made.
    private static let settlingMaximum = 3
    private static let failurePause = 2 * Nanoseconds.second
    private static let offPause = 30 * Nanoseconds.second

    /// Does what can be done now; called after each event.
    mutating func step(at time: Instant) {
        guard service == .present else { return }
        for index in peripherals.indices where peripherals[index].phase == .resolving {
            resolve(index, at: time)
        }
        for index in adapters.indices where adapters[index].isPresent { step(adapter: index, at: time) }
    }

    private mutating func step(adapter index: Int, at time: Instant) {
        let adapter = adapters[index]
        guard !pending.contains(where: { $0.adapter == index && $0.call.isOfAdapter }) else { return }
        if let pause = adapter.pauseUntil {
            guard pause <= time else { return }
            adapters[index].pauseUntil = nil
        }
        guard adapter.isPowered else {
            return ask(.power(adapter: adapter.path, on: true), adapter: index, at: time)
        }
        guard adapter.hasFilter else {
            return ask(.setDiscoveryFilter(adapter: adapter.path), adapter: index, at: time)
        }
        guard adapter.busyWith == nil else { return }
        let candidate = candidate(for: index, at: time)
        switch adapter.discovery {
        case .on:
            let isLongEnough = time - adapter.discoverySince >= Self.scanTurn
            if candidate != nil, isLongEnough || !needsScan(index) || isEverybodySeen(at: time) {
                stopDiscovery(index, at: time)
            } else if candidate == nil, !wantsScan(index) {
                stopDiscovery(index, at: time)
            }
        case .off:
            let isTurnOver = time - adapter.discoverySince >= Self.connectTurn && needsScan(index)
            let settling = settlingCount(index)
            if let candidate, !isTurnOver {
                if settling < Self.settlingMaximum { connect(candidate, on: index, at: time) }
            } else if settling == 0, wantsScan(index) || isTurnOver {
                adapters[index].set(.starting, at: time)
                ask(.startDiscovery(adapter: adapter.path), adapter: index, at: time)
            }
        case .starting, .stopping: break
        }
    }

    private mutating func stopDiscovery(_ index: Int, at time: Instant) {
        adapters[index].set(.stopping, at: time)
        ask(.stopDiscovery(adapter: adapters[index].path), adapter: index, at: time)
    }

    private func settlingCount(_ adapter: Int) -> Int {
        peripherals.count { $0.adapter == adapter && ($0.phase == .resolving || $0.phase == .subscribing) }
    }

    /// Whether the adapter has to look around now and then even while there is somebody to connect to.
    private func needsScan(_ index: Int) -> Bool {
        hearsBroadcasts && adapters[index].role.scans || peripherals.indices.contains { isMissing($0) }
    }

    /// Whether it looks around while there is nobody to connect to.
    private func wantsScan(_ index: Int) -> Bool {
        let isListener = adapters[index].role.scans && (hearsBroadcasts || interest.policy == .all)
        return isListener || isAnybodyMissing
    }

    /// Whether somebody wanted has no link.
    private var isAnybodyMissing: Bool {
        let known = interest.wanted.lazy.filter { self.peripheralIndex[$0] != nil }.count
        let isUnknownWanted = interest.policy == .assigned && known < interest.wanted.count
        return isUnknownWanted || interest.policy == .allowed && peripherals.count < interest.allowed.count
            || peripherals.indices.contains { isMissing($0) }
    }

    /// Whether there is nobody to look for: all that are wanted have a link or were seen a moment ago.
    private func isEverybodySeen(at time: Instant) -> Bool {
        let sensors = interest.policy == .assigned ? interest.wanted : interest.allowed
        guard interest.policy != .all, !hearsBroadcasts else { return false }
        return sensors.allSatisfy { sensor in
            guard let index = peripheralIndex[sensor] else { return false }
            return peripherals[index].phase != .idle
                || peripherals[index].sightings.contains { time - $0.seen <= Peripheral.freshness }
        }
    }

    private func isMissing(_ index: Int) -> Bool { peripherals[index].phase == .idle && isWanted(index) }

    /// Whom to connect to: of those that are wanted and best heard by this adapter, the strongest.
    private func candidate(for adapter: Int, at time: Instant) -> Int? {
        guard adapters[adapter].role.links, hasSlot(adapter, at: time) else { return nil }
        var best: (index: Int, strength: Double)?
        for index in peripherals.indices {
            guard isMissing(index), peripherals[index].canConnect(on: adapter, at: time),
                preferredAdapter(of: index, at: time) == adapter,
                let place = peripherals[index].sighting(on: adapter)
            else { continue }
            let strength = peripherals[index].sightings[place].strength
            if best.map({ strength > $0.strength }) ?? true { best = (index, strength) }
        }
        return best?.index
    }

    /// The adapter that hears it best; one with many free slots counts for 6 dB more.
    private func preferredAdapter(of index: Int, at time: Instant) -> Int? {
        let usable = peripherals[index].sightings.filter {
            adapters[$0.adapter].isPowered && adapters[$0.adapter].role.links
                && ($0.isConnected || time - $0.seen <= Peripheral.freshness) && hasSlot($0.adapter, at: time)
        }
        return usable.first(where: \.isConnected)?.adapter ?? usable.max { score($0) < score($1) }?.adapter
    }

    private func score(_ sighting: Peripheral.Sighting) -> Double {
        let links = linkCount(sighting.adapter)
        let free = adapters[sighting.adapter].slots.map { max(0, $0 - links) } ?? 6
        return sighting.strength + Double(min(free, 6))
    }

    private func hasSlot(_ adapter: Int, at time: Instant) -> Bool {
        guard let slots = adapters[adapter].slots else { return true }
        // A limit may have been of the moment: it is tried again after a while.
        if let until = adapters[adapter].slotsUntil, until <= time { return true }
        return linkCount(adapter) < slots
    }

    /// The paths of the devices that have a link, or are about to.
    public var linkedDevices: [String] {
        peripherals.compactMap { peripheral in
            let place = peripheral.adapter.flatMap { peripheral.sighting(on: $0) }
            return place.map { peripheral.sightings[$0].path }
        }
    }

    /// Links that an adapter holds or is making.
    public func linkCount(_ adapter: Int) -> Int { peripherals.count { $0.adapter == adapter } }

    // MARK: Replies

    mutating func settle(_ pending: Pending, _ reply: Reply, at time: Instant) {
        switch pending.call {
        case .listObjects: settleListing(reply, at: time)
        case .connect: pending.peripheral.map { settleConnect($0, reply, at: time) }
        case .disconnect: pending.peripheral.map { settleDisconnect($0, at: time) }
        case .subscribe(_, let subscription):
            pending.peripheral.map { settleSubscribe($0, subscription, reply, at: time) }
        case .pair: pending.peripheral.map { settlePair($0, reply, at: time) }
        case .read(let path): pending.peripheral.map { settleRead($0, path, reply, at: time) }
        case .unsubscribe, .remove: break
        case .power, .setDiscoveryFilter, .startDiscovery, .stopDiscovery:
            pending.adapter.map { settleAdapter($0, pending.call, reply, at: time) }
        }
    }

    private mutating func settleAdapter(_ index: Int, _ call: Call, _ reply: Reply, at time: Instant) {
        var failure: CallFailure?
        if case .failed(let reason) = reply, reason != .already { failure = reason }
        switch call {
        case .power(_, let on) where failure == nil:
            adapters[index].isPowered = on
            if on { adapters[index].isOffTold = false }
        case .setDiscoveryFilter where failure == nil: adapters[index].hasFilter = true
        case .startDiscovery:
            // An answer may be lost; the property tells.
            let isOn = failure == nil || adapters[index].isDiscovering
            adapters[index].set(isOn ? .on : .off, at: time)
            if isOn { adapters[index].heard = 0 }
            if failure == .inProgress { adapters[index].inProgress += 1 }
        case .stopDiscovery:
            let isOn = failure == .timeout && adapters[index].isDiscovering
            adapters[index].set(isOn ? .on : .off, at: time)
        default: break
        }
        guard let failure else { return }
        adapters[index].pauseUntil = time + Self.failurePause
        if failure == .notReady { adapters[index].isPowered = false }
        if case .power(_, true) = call { staysOff(index, failure, at: time) }
    }

    private mutating func staysOff(_ index: Int, _ failure: CallFailure, at time: Instant) {
        // bluetoothd is about to do so itself.
        guard failure != .inProgress else { return }
        adapters[index].pauseUntil = time + Self.offPause
        if failure == .blocked { return tellBlocked(index) }
        guard !adapters[index].isOffTold else { return }
        adapters[index].isOffTold = true
        log(.warning, "adapter \(adapters[index].address) cannot be switched on: \(failure); trying on")
    }

    // MARK: Silence

    mutating func watchAdapter(_ index: Int, at time: Instant) {
        let adapter = adapters[index]
        guard adapter.isPresent, adapter.isPowered else { return }
        // Linked peripherals do not advertise, and their values prove that the adapter works.
        let isLinked = peripherals.contains { $0.adapter == index && $0.isLinked }
        let isSilent = !isLinked && isSilent(adapter, at: time)
        guard isSilent || adapter.inProgress >= Self.inProgressLimit else { return }
        let isAllowed =
            adapter.cures < Self.quickCures || adapter.lastCure.map { time - $0 >= Self.cureInterval } ?? true
        guard isAllowed else { return }
        cure(
            index,
            isSilent ? "hears nothing any more" : "says that something is in progress, for ever",
            at: time
        )
    }

    private func isSilent(_ adapter: Adapter, at time: Instant) -> Bool {
        guard adapter.discovery == .on, let last = adapter.lastHeard else { return false }
        let listened = max(1, time - adapter.discoverySince)
        let isBusy = adapter.heard >= UInt64(listened / .second) * 2
        return time - max(last, adapter.discoverySince) >= (isBusy ? Self.busySilence : Self.silence)
    }

    private mutating func cure(_ index: Int, _ what: String, at time: Instant) {
        let adapter = adapters[index]
        adapters[index].inProgress = 0
        adapters[index].lastCure = time
        adapters[index].recoveries += 1
        adapters[index].cures += 1
        switch adapter.cures {
        case 0:
            log(.warning, "adapter \(adapter.address) \(what); discovery is started anew")
            stopDiscovery(index, at: time)
        case 1:
            log(.warning, "adapter \(adapter.address) \(what); it is switched off and on")
            ask(.power(adapter: adapter.path, on: false), adapter: index, at: time)
        default:
            if adapter.cures == 2 {
                log(
                    .warning,
                    "adapter \(adapter.address) \(what), though it was switched off and on: unplug it and "
                        + "plug it in again"
                )
            }
            adapters[index].set(.off, at: time)
            commands.append(.resetAdapter(path: adapter.path, address: adapter.address))
        }
    }
}

extension Call {
    /// Calls that change what an adapter does; one at a time.
    var isOfAdapter: Bool {
        switch self {
        case .power, .setDiscoveryFilter, .startDiscovery, .stopDiscovery: true
        case .listObjects, .connect, .disconnect, .pair, .remove, .subscribe, .unsubscribe, .read: false
        }
    }
}
