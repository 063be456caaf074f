import Engine
import Messages
import Outbox
import Twin
import Wire

// What the daemon does with the commands of its engine, against the script.
extension GatewayWorld {
    mutating func carryOut() {
        var commands: [Engine.Command] = []
        while process.map({ !$0.engine.commands.isEmpty }) ?? false {
            process!.engine.takeCommands(into: &commands)
            for command in commands {
                carryOut(command)
                if happens(climate.crashAtCommand / 2), happens(200), let process {
                    end(process, "crashed between two commands", isPowerCut: happens(climate.powerCut))
                }
                if process == nil { return }
            }
        }
        check()
    }

    private mutating func carryOut(_ command: Engine.Command) {
        switch command {
        case .commit(let request): commit(request)
        case .anchor(let anchor):
            note(10, UInt64(bitPattern: anchor.utc), "anchor by \(anchor.source)")
            ask(
                .anchor(anchor),
                happens(climate.failedAnchor) ? .failed : .done,
                takes: delay(climate.commitTime)
            )
        case .live(let athlete, let row): hear(row, of: athlete)
        case .uplink(_, let command): carryOut(command)
        case .sensorChanged: break
        case .log(let notice): note(12, 0, notice.text)
        }
    }

    private mutating func hear(_ row: Row, of athlete: Int) {
        note(13, UInt64(row[.heartRate] ?? 0), "live row of athlete \(athlete)")
        tally.rows += 1
        check(process!.isStopping || row.time <= now && now - row.time < .second, "a live row waited")
        while process!.pending.count <= athlete { process!.pending.append([]) }
        process!.pending[athlete].append(row.time)
    }

    // MARK: Store

    private mutating func commit(_ request: CommitRequest) {
        note(
            14,
            UInt64(request.drafts.count),
            "commit of \(request.drafts.count), cursors \(request.cursors)"
        )
        check(!process!.isCommitting, "two commits at once")
        process!.isCommitting = true
        let outcome: StoreTask.Outcome =
            happens(climate.failedCommit) ? .failed : happens(climate.doubtfulCommit) ? .doubtful : .done
        let sync = happens(climate.slowSync) ? delay(5 * .second) : 0
        ask(.commit(request), outcome, takes: delay(climate.commitTime) + sync)
    }

    /// The storage thread answers.
    mutating func finish(_ task: StoreTask) {
        switch task.work {
        case .commit:
            process!.isCommitting = false
            process!.lastAnswer = now
            if task.outcome != .failed { apply(task) }
            process!.isFailing = task.outcome != .done
            if task.outcome == .done {
                let (next, deliverable) = (store.next, store.deliverable)
                note(15, next, "committed below \(next), deliverable below \(deliverable)")
                process!.deliverable = store.deliverable
                process!.engine.committed(CommitReceipt(deliverableBelow: store.deliverable), at: now)
            } else {
                note(16, store.next, "the commit failed")
                tally.failedCommits += 1
                process!.hasStoreFailed = true
                process!.engine.commitFailed(at: now)
            }
        case .anchor(let anchor):
            note(17, 0, "anchor \(task.outcome)")
            guard task.outcome == .done else {
                process!.engine.anchorFailed(anchor, at: now)
                break
            }
            store.anchor(anchor)
            process!.deliverable = store.deliverable
            process!.engine.anchored(deliverableBelow: store.deliverable, at: now)
        case .load(let position, let count):
            note(18, position, "load from \(position) \(task.outcome)")
            guard task.outcome == .done else {
                process!.engine.handle(.loadFailed, uplink: 0, at: now)
                break
            }
            let messages = store.load(from: position, count: count)
            for message in messages { process!.loaded[message.position] = message }
            let items = messages.map {
                Outbox.Item(position: $0.position, lastPosition: $0.position, bytes: $0.body.count)
            }
            process!.engine.handle(.loaded(items), uplink: 0, at: now)
        }
        carryOut()
        finishStopIfFlushed()
    }

    mutating func finishStopIfFlushed() {
        guard let stopping = process, stopping.isStopping, stopping.engine.isFlushed else { return }
        if stopping.hasFlushedTwice { return finishStop() }
        process!.hasFlushedTwice = true
        process!.engine.flush(at: now)
        carryOut()
        if process?.engine.isFlushed ?? false { finishStop() }
    }

    /// What a commit leaves on the disk.
    mutating func apply(_ task: StoreTask) {
        guard case .commit(let request) = task.work, let boot = process?.engine.settings.boot else { return }
        let added = store.commit(request, boot: boot, isDoubtful: task.outcome == .doubtful)
        check(store.cursor <= broker.acknowledgedBelow, "stored a cursor over unacknowledged", store.cursor)
        process!.lastDurableRequest = task.asked
        for message in added where message.kind == .record {
            do throws(BodyFailure) {
                for block in try RecordBody.unpack(message.body, time: message.time) { settle(block, boot) }
            } catch {
                check(false, "stored a body that cannot be read", message.position)
            }
        }
    }

    /// Rows have become real: each was made once, and none was passed over.
    private mutating func settle(_ block: RecordBlock, _ boot: BootID) {
        let engine = process!.engine
        guard let athlete = engine.athletes.firstIndex(where: { $0.id == block.athlete }) else {
            return check(false, "stored rows of nobody")
        }
        let key = RowKey(boot: boot, athlete: block.athlete)
        for row in block.rows {
            check(newestRows[key].map { $0 < row.time } ?? true, "stored a row twice or out of order")
            newestRows[key] = row.time
            guard process!.pending[athlete].first == row.time else {
                check(false, "stored a row that was not next")
                continue
            }
            process!.pending[athlete].removeFirst()
        }
    }

    /// At the end of a life: whatever is not in the store is younger than the promise allows.
    mutating func checkLoss() {
        guard let process, let oldest = process.oldestPending else { return }
        tally.lostRows += process.pendingCount
        // A process that stops closes its last seconds late.
        let slack = process.intervalMaximum + (process.isStopping ? 5 : 1) * .second
        check(oldest > process.lastDurableRequest - slack, "lost a row from before the commit under way")
        if !process.isCommitting, !process.isFailing, process.lastAnswer < now {
            check(oldest > now - slack, "lost a row that was due to be committed")
        }
    }

    // MARK: Broker

    private mutating func carryOut(_ command: Outbox.Command) {
        switch command {
        case .connect: connect()
        case .disconnect:
            note(21, 0, "disconnect")
            check(broker.isBusy, "disconnected without a connection")
            broker.end()
        case .load(let position, let count):
            check(position < process!.deliverable, "asked for what may not leave yet", position)
            ask(
                .load(from: position, count: count),
                happens(climate.failedLoad) ? .failed : .done,
                takes: .millisecond
            )
        case .publish(let position): publish(position)
        case .forget(let position):
            check(process!.loaded[position] != nil, "forgot what was not in memory", position)
            process!.loaded[position] = nil
        case .hold:
            tally.holds += 1
            note(22, 0, "held")
        case .resume: note(23, 0, "resumed")
        case .cursor, .wake: check(false, "passed on what the engine keeps to itself")
        }
    }

    private mutating func connect() {
        note(20, UInt64(broker.number), "connect")
        check(!broker.isBusy, "connected twice")
        broker.begin()
        if happens(climate.silentConnect) { return }
        broker.window = happens(climate.smallWindow) ? 3 : 65_535
        let isRefused = happens(climate.refusedConnect)
        reply(isRefused ? .lost : .connected(receiveMaximum: broker.window), within: 5 * .second)
    }

    private mutating func publish(_ position: UInt64) {
        note(24, position, "publish \(position)")
        tally.published += 1
        check(broker.isOpen, "published without a connection")
        check(position < process!.deliverable, "published before its commit returned", position)
        guard let message = process!.loaded[position] else {
            return check(false, "published what is not in memory", position)
        }
        check(broker.send(position), "published out of order", position)
        check(broker.unanswered.count <= min(broker.window, 20), "overran the window")
        if happens(climate.stall) { broker.isStalled = true }
        if broker.isStalled { return }
        if happens(climate.rejection) {
            broker.refuse(position)
            return reply(.refused(position, happens(100) ? .hold : .retry), within: 200 * .millisecond)
        }
        if let fault = broker.receive(position, fingerprint: fingerprint(of: message)) {
            check(false, fault, position)
        }
        if happens(climate.lostAnswer) { return }
        reply(
            .acknowledged(position),
            within: happens(climate.lateAnswer) ? 20 * .second : 200 * .millisecond
        )
        if happens(climate.echo) { reply(.acknowledged(position), within: .second) }
    }

    /// Of the bytes that go out.
    private mutating func fingerprint(of message: StoredMessage) -> UInt64 {
        guard message.anchor != nil else {
            check(false, "published without an anchor", message.position)
            return 0
        }
        var writer = MessageWriter()
        do throws(BodyFailure) {
            return try writer.write(message).reduce(0xCBF2_9CE4_8422_2325) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01B3
            }
        } catch {
            check(false, "published a body that cannot be read", message.position)
            return 0
        }
    }

    /// News of the connection reaches the gateway.
    mutating func hear(_ event: Outbox.Event) {
        switch event {
        case .lost: broker.end()
        case .connected:
            broker.isOpen = true
            tally.connections += 1
        case .acknowledged(let position): broker.tellAcknowledged(position)
        case .refused(let position, _): broker.tellRefused(position)
        default: break
        }
        note(25, 0, "broker: \(event)")
        process?.engine.handle(event, uplink: 0, at: now)
        carryOut()
        if happens(climate.hangUp), broker.isBusy { reply(.lost, within: .millisecond) }
    }

    private mutating func reply(_ event: Outbox.Event, within limit: Nanoseconds) {
        schedule(.broker(event, connection: broker.number), after: delay(limit))
    }

    // MARK: Safety

    /// What holds after every event.
    mutating func check() {
        guard let process, let uplink = process.engine.uplinks.first else { return }
        check(
            uplink.cursor <= broker.acknowledgedBelow,
            "the cursor passed an unacknowledged message",
            uplink.cursor
        )
        check(
            process.loaded.count <= 40,
            "holds more than two windows in memory",
            UInt64(process.loaded.count)
        )
    }
}
