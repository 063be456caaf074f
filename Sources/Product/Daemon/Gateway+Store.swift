import Engine
import Messages
import Reactor
import Store
import Wire

/// What the gateway asks of the store, and what it makes of the answers.
extension Gateway {
    func openStore() async {
        do throws(StoreError) {
            let opening = try await store.open(uplinks: uplinkNames)
            take(opening)
        } catch {
            storeState.failure = error
            let consequence = isLockedOut ? "" : " Rows are kept in memory until it works."
            journal.write(.error, "\(error)\(consequence)", id: .storeFailed)
        }
    }

    private var uplinkNames: [String] { configuration.mqtt.brokers.isEmpty ? [] : [MQTTDelivery.name] }

    private func take(_ opening: Opening) {
        storeState.take(opening)
        let now = self.now
        for incident in opening.incidents { tell(incident, at: now) }
        mqtt?.identity = opening.identity
        engine.opened(
            deliverableBelow: opening.deliverable,
            // The store counts acknowledged positions, the engine what lies below them.
            cursors: opening.cursors.mapValues { $0 + 1 },
            at: now
        )
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

    func commit(_ request: CommitRequest) {
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
        if var opening = receipt.reopened {
            // After a failure of the disk it opens anew; that is no recovery from an unclean stop.
            opening.incidents.removeAll { $0 == .recovered }
            take(opening)
        }
        storeState.take(receipt)
        for incident in receipt.incidents { tell(incident, at: now) }
        if receipt.withdrawn > 0 {
            engine.addEvent("store.bound", at: now) { $0.member("withdrawn", receipt.withdrawn) }
        }
        engine.committed(CommitReceipt(deliverableBelow: receipt.deliverable), at: now)
    }

    func anchor(_ anchor: Anchor) {
        Task { @Reactor in
            do throws(StoreError) {
                engine.anchored(deliverableBelow: try await store.anchor(anchor), at: now)
            } catch {
                // The messages go on waiting; the next batch asks again.
                if storeState.failure != error {
                    journal.write(.warning, "Waiting messages got no time yet: \(error)", id: .storeFailed)
                }
                engine.anchorFailed(anchor, at: now)
            }
            carryOut()
        }
    }

    /// After an unclean stop: looks at everything, a slice at a time, between commits.
    func checkStore() {
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
}
