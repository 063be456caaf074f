internal import Wire

// What the events lead to. Each step looks at the state alone, so their order in `handle` is what matters.
extension Outbox {
    /// Only a delivery proves that the receiver is well. With nothing to deliver, a connection that held
    /// for a while has to do.
    mutating func forgiveIfSteady(now: Instant) {
        guard case .online(let connection) = link, queue.isEmpty, queue.next >= deliverableBelow else {
            return
        }
        if now - connection.since >= settings.steadyAfter { backoff.reset() }
    }

    mutating func backOff(now: Instant) {
        link = .waiting(until: now + backoff.next())
        queue.takeBack()
        if case .held(.some, let next) = flow { flow = .held(probe: nil, next: next) }
    }

    mutating func finishLoad(_ succeeded: Bool, now: Instant) {
        guard loading == .asked else { return }
        if succeeded {
            loadPause = settings.backoffMinimum
            loading = .idle(notBefore: now)
        } else {
            loading = .idle(notBefore: now + loadPause)
            loadPause = min(loadPause * 2, settings.backoffMaximum)
        }
    }

    mutating func acknowledge(_ position: Position, _ commands: inout [Command]) {
        let before = queue.cursor
        guard case .online = link, queue.acknowledge(position) else { return }  // Late, or told twice.
        commands.append(.forget(position))
        if case .held(position, _) = flow {
            flow = .open
            commands.append(.resume)
        }
        if queue.cursor != before {
            backoff.reset()
            commands.append(.cursor(queue.cursor))
        }
    }

    mutating func refuse(
        _ position: Position,
        _ refusal: Refusal,
        now: Instant,
        _ commands: inout [Command]
    ) {
        guard case .online = link, queue.takeBack(position) else { return }
        switch (flow, refusal) {
        case (.held(position, let next), _):
            flow = .held(probe: nil, next: next)
        case (.open, .retry):
            flow = .paused(until: now + backoff.next())
        case (.open, .hold), (.paused, .hold):
            flow = .held(probe: nil, next: now + settings.holdInterval)
            commands.append(.hold)
        case (.paused, .retry), (.held, _):
            break  // More of the window that was under way when the first refusal came.
        }
    }

    mutating func reload(now: Instant) {
        if case .waiting = link { link = .waiting(until: now) }
        switch flow {
        case .paused: flow = .open
        case .held(let probe, _): flow = .held(probe: probe, next: now)
        case .open: break
        }
        if case .idle = loading { loading = .idle(notBefore: now) }
    }

    /// Acts on the times that have come.
    mutating func watchDeadlines(now: Instant, _ commands: inout [Command]) {
        switch link {
        case .waiting(let deadline) where now >= deadline:
            link = .connecting(since: now)
            commands.append(.connect)
        case .connecting(let since) where now - since >= settings.answerTimeout:
            commands.append(.disconnect)
            backOff(now: now)
        case .online(let connection)
        where connection.oldest != nil && now - connection.oldestSince >= settings.answerTimeout
            && queue.oldestInFlight == connection.oldest:
            commands.append(.disconnect)
            backOff(now: now)
        case .waiting, .connecting, .online:
            break
        }
        if case .paused(let deadline) = flow, now >= deadline { flow = .open }
    }

    mutating func publish(now: Instant, _ commands: inout [Command]) {
        while let position = queue.firstWaiting, mayPublish(now: now), bucket.take(now: now) {
            queue.markInFlight(position)
            commands.append(.publish(position))
            if case .held = flow { flow = .held(probe: position, next: now + settings.holdInterval) }
        }
    }

    func mayPublish(now: Instant) -> Bool {
        guard case .online(let connection) = link else { return false }
        switch flow {
        case .open: return hasRoom(on: connection)
        case .paused: return false
        case .held(_, let next): return queue.inFlightCount == 0 && now >= next
        }
    }

    private func hasRoom(on connection: Connection) -> Bool {
        queue.inFlightCount < min(settings.window, connection.receiveMaximum)
    }

    mutating func load(now: Instant, _ commands: inout [Command]) {
        guard wantsMore, case .idle(let notBefore) = loading, now >= notBefore else { return }
        loading = .asked
        commands.append(.load(from: queue.next, count: settings.loadedMaximum - queue.count))
    }

    /// Half a window is left to publish: time to fetch more, so that the window never runs dry.
    var wantsMore: Bool {
        queue.next < deliverableBelow && queue.count < settings.loadedMaximum
            && queue.waitingCount <= settings.window / 2
    }

    /// Starts the clock of the oldest unanswered message anew whenever another one becomes the oldest.
    mutating func noteOldest(now: Instant) {
        guard case .online(var connection) = link, connection.oldest != queue.oldestInFlight else { return }
        connection.oldest = queue.oldestInFlight
        connection.oldestSince = now
        link = .online(connection)
    }

    func nextDeadline(now: Instant) -> Instant? {
        switch link {
        case .waiting(let deadline): return deadline
        case .connecting(let since): return since + settings.answerTimeout
        case .online(let connection):
            var deadlines: [Instant] = []
            if connection.oldest != nil { deadlines.append(connection.oldestSince + settings.answerTimeout) }
            if case .idle(let notBefore) = loading, wantsMore { deadlines.append(notBefore) }
            guard queue.firstWaiting != nil else { return deadlines.min() }
            switch flow {
            case .paused(let deadline):
                deadlines.append(deadline)
            case .held(_, let next) where queue.inFlightCount == 0:
                deadlines.append(max(next, bucket.nextToken))
            case .open where hasRoom(on: connection):
                deadlines.append(bucket.nextToken)
            case .held, .open:
                break
            }
            return deadlines.min()
        }
    }
}
