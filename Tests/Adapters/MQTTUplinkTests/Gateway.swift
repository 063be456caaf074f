import MQTTUplink
import Mosquitto
import Outbox
import Reactor
import Wire

/// The real outbox on the real uplink, with a store in memory: what the daemon wires.
@Reactor
final class Gateway {
    private(set) var outbox: Outbox
    private(set) var cursors: [Outbox.Position] = []
    private(set) var codes: [Outbox.Position: UInt8] = [:]
    private(set) var connections: [BrokerAddress] = []
    private(set) var failures: [MosquittoError] = []
    private(set) var uplink: MQTTUplink!
    private var timer: EventSource?
    private let birth: [UInt8]?
    private let stored: Outbox.Position

    init(
        _ settings: MQTTUplink.Settings,
        _ delivery: Outbox.Settings = Gateway.impatient,
        count: UInt64,
        birth: String? = nil
    ) {
        self.birth = birth.map { Array($0.utf8) }
        stored = count + 1
        let now = Instant(nanoseconds: Int64(EventSource.now()) * 1_000)
        outbox = Outbox(cursor: 1, deliverableBelow: stored, settings: delivery, seed: 7, now: now)
        uplink = MQTTUplink(settings) { [weak self] in self?.hear($0) }
        timer = .timer { [weak self] in self?.tell(.tick) }
        tell(.tick)
    }

    /// Timeouts and pauses for tests in real time.
    nonisolated static let impatient = Outbox.Settings(
        rate: 100_000,
        answerTimeout: 1 * .second,
        backoffMinimum: 50 * .millisecond,
        backoffMaximum: 200 * .millisecond
    )

    var cursor: Outbox.Position { outbox.cursor }

    func stop(graceful: Bool) {
        uplink.disconnect(graceful: graceful)
        timer?.cancel()
        timer = nil
    }

    private func hear(_ event: MQTTUplink.Event) {
        switch event {
        case .connected(let receiveMaximum, let broker):
            connections.append(broker)
            if let birth { uplink.publishRetained(topic: "status", payload: birth) }
            tell(.connected(receiveMaximum: receiveMaximum))
        case .lost(let error, _):
            failures.append(error)
            tell(.lost)
        case .answered(let position, let answer, let code, _):
            codes[position] = code
            switch answer {
            case .delivered, .deliveredToNobody: tell(.acknowledged(position))
            case .refused(let refusal): tell(.refused(position, refusal))
            }
        }
    }

    private func tell(_ event: Outbox.Event) {
        let now = Instant(nanoseconds: Int64(EventSource.now()) * 1_000)
        for command in outbox.handle(event, now: now) { carryOut(command) }
    }

    private func carryOut(_ command: Outbox.Command) {
        switch command {
        case .connect: uplink.connect()
        case .disconnect: uplink.disconnect(graceful: false)
        case .publish(let position):
            uplink.publish(
                position,
                topic: "record",
                payload: Array(#"{"seq":\#(position)}"#.utf8),
                key: .init(stream: "5f0c", sequence: position)
            )
        case .cursor(let position): cursors.append(position)
        case .load(let from, let count):
            let items = (from..<min(stored, from + UInt64(count))).map {
                Outbox.Item(position: $0, lastPosition: $0, bytes: 10)
            }
            Reactor.schedule(afterMicroseconds: 0) { [weak self] in self?.tell(.loaded(items)) }
        case .wake(let at):
            timer?.set(atMicroseconds: UInt64(at.nanoseconds / 1_000))
        case .forget, .hold, .resume: break
        }
    }
}
