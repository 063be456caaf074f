internal import Wire

/// From a sighting to values, and back after whatever happens to the link.
extension Central {
    private static let resolvePatience = 15 * Nanoseconds.second
    /// bluetoothd may say "resolved" before the objects are there; after this nothing more comes.
    private static let objectPatience = 3 * Nanoseconds.second
    /// Values that are due and do not come: subscribe anew. Source: gateway reference, pain 10.
    private static let rearmPatience = 5 * Nanoseconds.second
    private static let stallPatienceLimit = 5 * Nanoseconds.minute
    /// The pause after failed attempts. Source: bleak-retry-connector's first steps, then doubled.
    private static let pauses: [Nanoseconds] = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000].map {
        $0 * .millisecond
    }
    private static let abortsMaximum = 3
    private static let uselessPause = 10 * Nanoseconds.minute

    // MARK: Connecting

    mutating func connect(_ index: Int, on adapter: Int, at time: Instant) {
        guard let place = peripherals[index].sighting(on: adapter) else { return }
        adapters[adapter].busyWith = index
        (peripherals[index].phase, peripherals[index].adapter) = (.connecting, adapter)
        peripherals[index].deadline = nil
        let path = peripherals[index].sightings[place].path
        ask(.connect(device: path), adapter: adapter, peripheral: index, at: time)
    }

    mutating func settleConnect(_ index: Int, _ reply: Reply, at time: Instant) {
        guard peripherals[index].phase == .connecting, let adapter = peripherals[index].adapter else {
            return
        }
        switch reply {
        case .done, .value, .failed(.already):
            (adapters[adapter].inProgress, adapters[adapter].busyWith) = (0, nil)
            (peripherals[index].phase, peripherals[index].deadline) = (
                .resolving, time + Self.resolvePatience
            )
            peripherals[index].lostAt = nil
        case .failed(let failure): connectFailed(index, on: adapter, failure, at: time)
        }
    }

    private mutating func connectFailed(
        _ index: Int,
        on adapter: Int,
        _ failure: CallFailure,
        at time: Instant
    ) {
        switch failure {
        case .noSlot:
            let links = peripherals.count { $0.adapter == adapter && $0.phase != .connecting }
            learnSlots(links, of: adapter, at: time)
        case .inProgress: adapters[adapter].inProgress += 1
        case .unknownObject: peripherals[index].sightings.removeAll { $0.adapter == adapter }
        case .timeout:
            // The attempt goes on inside bluetoothd until it is told otherwise.
            if let place = peripherals[index].sighting(on: adapter) {
                let path = peripherals[index].sightings[place].path
                ask(.disconnect(device: path), adapter: adapter, at: time)
            }
        case .aborted where peripherals[index].aborts < Self.abortsMaximum:
            peripherals[index].aborts += 1
            release(index, at: time)
            return  // At once again: in a crowd this is usual.
        case .notReady, .blocked, .already, .aborted, .notSupported, .notPermitted, .other: break
        }
        fail(index, failure, at: time)
    }

    private mutating func learnSlots(_ links: Int, of adapter: Int, at time: Instant) {
        if adapters[adapter].slots != links {
            log(.warning, "adapter \(adapters[adapter].address) holds \(links) links and no more")
        }
        adapters[adapter].slots = links
        adapters[adapter].slotsUntil = time + 10 * .minute
    }

    /// The attempt failed: a pause, longer each time.
    private mutating func fail(_ index: Int, _ failure: CallFailure, at time: Instant) {
        peripherals[index].counters.failures += 1
        let pause = Self.pauses[min(peripherals[index].attempts, Self.pauses.count - 1)]
        peripherals[index].attempts += 1
        if peripherals[index].attempts == Self.pauses.count {
            log(.warning, "\(peripherals[index].sensor) cannot be linked: \(failure); trying on")
        }
        peripherals[index].retryAt = time + pause
        release(index, at: time)
    }

    /// The peripheral has no link any more, and its adapter is free for another one.
    private mutating func release(_ index: Int, at time: Instant) {
        if let adapter = peripherals[index].adapter, adapters[adapter].busyWith == index {
            adapters[adapter].busyWith = nil
        }
        for planned in peripherals[index].plan {
            guard let subscription = planned.subscription else { continue }
            subscriptions[subscription] = nil
            commands.append(.release(subscription))
        }
        pending.removeAll { $0.peripheral == index }
        peripherals[index].plan.removeAll()
        (peripherals[index].phase, peripherals[index].adapter) = (.idle, nil)
        peripherals[index].deadline = nil
    }

    // MARK: Resolving and subscribing

    /// Goes on when both the flag and the objects are there.
    mutating func resolve(_ index: Int, at time: Instant) {
        guard let adapter = peripherals[index].adapter, let place = peripherals[index].sighting(on: adapter),
            let deadline = peripherals[index].deadline
        else { return }
        let sighting = peripherals[index].sightings[place]
        let isLate = deadline <= time
        guard sighting.isResolved else {
            if isLate { close(index, at: time, because: .other("its services were not resolved")) }
            return
        }
        let plan = makePlan(below: sighting.path)
        if plan.contains(where: { $0.canNotify && $0.interest.rate > 0 }) {
            (peripherals[index].plan, peripherals[index].phase) = (plan, .subscribing)
            peripherals[index].deadline = nil
            subscribeNext(index, at: time)
        } else if deadline - time <= Self.resolvePatience - Self.objectPatience {
            isUseless(index, path: sighting.path, on: adapter, at: time)
        }
    }

    private func makePlan(below path: String) -> [Peripheral.Planned] {
        let found = characteristics.filter { $0.key.hasPrefix(path + "/") }.sorted { $0.key < $1.key }
        return found.compactMap { path, facts in
            guard let uuid = facts.uuid, let interest = interest.characteristic(uuid) else { return nil }
            return Peripheral.Planned(
                path: path,
                interest: interest,
                canNotify: facts.canNotify ?? false,
                canRead: facts.canRead ?? false
            )
        }
    }

    /// Nothing wanted is there. bluetoothd may remember the services of another firmware, so its memory is
    /// cleared once.
    private mutating func isUseless(_ index: Int, path: String, on adapter: Int, at time: Instant) {
        guard peripherals[index].isCacheCleared else {
            peripherals[index].isCacheCleared = true
            peripherals[index].counters.staleCaches += 1
            ask(.remove(device: path, adapter: adapters[adapter].path), adapter: adapter, at: time)
            return fail(index, .other("none of its services is of use"), at: time)
        }
        log(.warning, "\(peripherals[index].sensor) has no service of use; it is tried again later")
        close(index, at: time)
        peripherals[index].retryAt = time + Self.uselessPause
    }

    /// Subscribes to, or reads, the next of the plan; one call at a time.
    private mutating func subscribeNext(_ index: Int, at time: Instant) {
        guard let adapter = peripherals[index].adapter else { return }
        for number in peripherals[index].plan.indices {
            let planned = peripherals[index].plan[number]
            if planned.canNotify, planned.subscription == nil, planned.lastValue == nil {
                return subscribe(index, number, at: time)
            }
            if planned.canRead, planned.interest.isRead, !planned.isRead {
                peripherals[index].plan[number].isRead = true
                return ask(
                    .read(characteristic: planned.path),
                    adapter: adapter,
                    peripheral: index,
                    at: time
                )
            }
        }
        becomeLive(index, at: time)
    }

    private mutating func subscribe(_ index: Int, _ number: Int, at time: Instant) {
        let subscription = Subscription(rawValue: nextSubscription)
        nextSubscription += 1
        subscriptions[subscription] = (index, number)
        peripherals[index].plan[number].subscription = subscription
        peripherals[index].plan[number].lastValue = time
        ask(
            .subscribe(characteristic: peripherals[index].plan[number].path, subscription),
            adapter: peripherals[index].adapter,
            peripheral: index,
            at: time
        )
    }

    private mutating func becomeLive(_ index: Int, at time: Instant) {
        guard peripherals[index].phase == .subscribing else { return }
        peripherals[index].phase = .live
        peripherals[index].counters.connects += 1
        (peripherals[index].attempts, peripherals[index].aborts) = (0, 0)
    }

    mutating func settleSubscribe(
        _ index: Int,
        _ subscription: Subscription,
        _ reply: Reply,
        at time: Instant
    ) {
        guard let (_, number) = subscriptions[subscription] else { return }
        if case .failed(let failure) = reply, failure != .already {
            subscriptions[subscription] = nil
            commands.append(.release(subscription))
            peripherals[index].plan[number].subscription = nil
            if failure == .notPermitted, pair(index, insteadOf: number, at: time) { return }
            // Without what comes at a rate the link is of no use; without the rest it is.
            if peripherals[index].plan[number].interest.rate > 0 {
                return close(index, at: time, because: failure)
            }
        }
        if peripherals[index].phase == .subscribing { subscribeNext(index, at: time) }
    }

    /// A peripheral that insists on it is paired with where that is allowed, once, and then asked again.
    private mutating func pair(_ index: Int, insteadOf number: Int, at time: Instant) -> Bool {
        guard !peripherals[index].isPairingTold, let adapter = peripherals[index].adapter,
            let place = peripherals[index].sighting(on: adapter)
        else { return false }
        peripherals[index].isPairingTold = true
        guard interest.allowsPairing else {
            let advice = "radios.bluetooth.bonding: true lets the gateway do so"
            log(
                .warning,
                "\(peripherals[index].sensor) may want to be paired before it gives values; \(advice)"
            )
            return false
        }
        peripherals[index].plan[number].lastValue = nil
        let path = peripherals[index].sightings[place].path
        ask(.pair(device: path), adapter: adapter, peripheral: index, at: time)
        return true
    }

    mutating func settlePair(_ index: Int, _ reply: Reply, at time: Instant) {
        if case .failed(let failure) = reply, failure != .already {
            return close(index, at: time, because: failure)
        }
        if peripherals[index].phase == .subscribing { subscribeNext(index, at: time) }
    }

    mutating func settleRead(_ index: Int, _ path: String, _ reply: Reply, at time: Instant) {
        if case .value(let payload) = reply,
            let planned = peripherals[index].plan.first(where: { $0.path == path }),
            let frame = frame(of: index, planned.interest.uuid, payload, at: time)
        {
            frames.append(frame)
        }
        if peripherals[index].phase == .subscribing { subscribeNext(index, at: time) }
    }

    mutating func subscriptionEnded(_ subscription: Subscription, at time: Instant) {
        guard let (index, number) = subscriptions.removeValue(forKey: subscription) else { return }
        peripherals[index].plan[number].subscription = nil
        commands.append(.release(subscription))
        // If the link is up, it is made anew when its values are missed; if not, that is told next.
    }

    // MARK: Watching

    mutating func watch(_ index: Int, at time: Instant) {
        switch peripherals[index].phase {
        case .resolving: resolve(index, at: time)
        case .live: watchValues(index, at: time)
        case .closing where peripherals[index].deadline.map({ $0 <= time }) ?? false: release(index, at: time)
        case .idle, .connecting, .subscribing, .closing: break
        }
        if peripherals[index].adapter != nil, peripherals[index].phase != .closing, !isWanted(index) {
            close(index, at: time)
        }
    }

    private mutating func watchValues(_ index: Int, at time: Instant) {
        for number in peripherals[index].plan.indices {
            let planned = peripherals[index].plan[number]
            guard planned.interest.rate > 0, planned.canNotify, let last = planned.lastValue else { continue }
            let slow = Nanoseconds(5e9 / planned.interest.rate)
            if planned.isRearmed, time - last >= peripherals[index].stallPatience {
                peripherals[index].counters.stalls += 1
                peripherals[index].stallPatience = min(
                    2 * peripherals[index].stallPatience,
                    Self.stallPatienceLimit
                )
                return close(index, at: time, because: .other("its values stopped"))
            }
            if !planned.isRearmed, time - last >= max(Self.rearmPatience, slow), !isSubscribing(index) {
                rearm(index, number, at: time)
            }
        }
    }

    /// Whether a subscription is under way on the same adapter. When all links fall silent at once it is
    /// bluetoothd that hangs, and one of them is enough to find out.
    private func isSubscribing(_ index: Int) -> Bool {
        pending.contains { call in
            guard call.adapter == peripherals[index].adapter, case .subscribe = call.call else {
                return false
            }
            return true
        }
    }

    /// Subscribes anew. The age of the newest value stays, so that the link is given up when it is no help.
    private mutating func rearm(_ index: Int, _ number: Int, at time: Instant) {
        peripherals[index].counters.rearms += 1
        let planned = peripherals[index].plan[number]
        if let old = planned.subscription {
            subscriptions[old] = nil
            commands.append(.release(old))
            ask(
                .unsubscribe(characteristic: planned.path, old),
                adapter: peripherals[index].adapter,
                peripheral: index,
                at: time
            )
        }
        subscribe(index, number, at: time)
        peripherals[index].plan[number].lastValue = planned.lastValue
        peripherals[index].plan[number].isRearmed = true
    }

    // MARK: Ends

    /// Gives a link up on purpose.
    mutating func close(_ index: Int, at time: Instant, because failure: CallFailure? = nil) {
        guard let adapter = peripherals[index].adapter, peripherals[index].phase != .closing else { return }
        let path = peripherals[index].sighting(on: adapter).map { peripherals[index].sightings[$0].path }
        if let failure { fail(index, failure, at: time) } else { release(index, at: time) }
        guard let path else { return }
        (peripherals[index].phase, peripherals[index].adapter) = (.closing, adapter)
        peripherals[index].deadline = time + 10 * .second
        ask(.disconnect(device: path), adapter: adapter, peripheral: index, at: time)
    }

    mutating func settleDisconnect(_ index: Int, at time: Instant) {
        guard peripherals[index].phase == .closing else { return }
        peripherals[index].lostAt = time
        release(index, at: time)
    }

    /// bluetoothd says that a device is not connected.
    mutating func linkEnded(_ index: Int, on adapter: Int, at time: Instant) {
        guard peripherals[index].adapter == adapter else { return }
        switch peripherals[index].phase {
        case .resolving, .subscribing: fail(index, .aborted, at: time)
        case .live: loseLink(index, at: time)
        case .closing: settleDisconnect(index, at: time)
        case .idle, .connecting: break  // Connecting: its reply says more.
        }
    }

    /// The link is gone; it is made again as soon as the peripheral is seen again.
    mutating func loseLink(_ index: Int, at time: Instant) {
        guard peripherals[index].adapter != nil else { return }
        if peripherals[index].phase == .live { peripherals[index].counters.losses += 1 }
        peripherals[index].lostAt = time
        release(index, at: time)
    }
}
