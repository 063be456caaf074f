public import Mosquitto
public import Outbox
public import Reactor

/// Carries out an ``Outbox`` against MQTT brokers, and publishes beside it what needs no promise.
///
/// One broker is tried per ``connect()``: the first one, after a failure the next. When an open connection
/// breaks, the first one has its turn again. Topics are given below the root.
///
/// Memory is bounded: durable messages by the outbox's window, retained ones by the number of topics, live
/// ones by dropping them while the socket takes nothing.
@Reactor
public final class MQTTUplink {
    public struct Settings: Hashable, Sendable {
        /// In order of preference; at least one.
        public var brokers: [BrokerAddress]
        public var version = ConnectOptions.Version.v5
        public var clientID: String
        /// Without a slash at the end.
        public var root: String
        public var username: String?
        public var password: String?
        /// For brokers with `mqtts://`.
        public var tls = ConnectOptions.TLS()
        /// Seconds, at least 5.
        public var keepAlive = 30

        /// The client id and the root that the contract names for a gateway.
        ///
        /// - Precondition: `brokers` is not empty.
        public init(gateway: String, brokers: [BrokerAddress]) {
            precondition(!brokers.isEmpty)
            self.brokers = brokers
            clientID = "touchline-\(gateway)"
            root = "touchline/\(gateway)"
        }
    }

    public enum Event: Hashable, Sendable {
        /// Publish the birth now.
        case connected(receiveMaximum: Int, broker: BrokerAddress)
        case lost(MosquittoError, broker: BrokerAddress)
        /// `reason` is the broker's own text, often empty.
        case answered(Outbox.Position, Answer, code: UInt8, reason: String)
    }

    /// The key of a durable message, which its user properties repeat.
    public struct Key: Hashable, Sendable {
        public let stream: String
        public let sequence: UInt64
        public init(stream: String, sequence: UInt64) { (self.stream, self.sequence) = (stream, sequence) }
    }

    /// Live messages that were dropped because the broker took nothing, or was not there.
    public private(set) var skippedLiveCount: UInt64 = 0

    private let settings: Settings
    private let listener: @Reactor (Event) -> Void
    private var connection: BrokerConnection?
    private var nextBroker = 0
    private var wasOpen = false
    private var unanswered: [Int32: Outbox.Position] = [:]
    /// The newest payload per topic that has to wait for a place, in order of first wish.
    private var waitingRetained: [(topic: String, payload: [UInt8])] = []
    private var unansweredRetained: Set<Int32> = []
    /// Retained messages under way at once: few, so that they leave the peer's window to the durable ones.
    private static let retainedMaximum = 4

    public init(_ settings: Settings, _ listener: @escaping @Reactor (Event) -> Void) {
        (self.settings, self.listener) = (settings, listener)
    }

    /// Starts an attempt. ``Event/connected(receiveMaximum:broker:)`` or ``Event/lost(_:broker:)`` follows,
    /// unless ``disconnect(graceful:)`` comes first.
    public func connect() {
        disconnect(graceful: false)
        let broker = settings.brokers[nextBroker % settings.brokers.count]
        let connection = BrokerConnection(options(for: broker)) { [weak self] in self?.handle($0, broker) }
        self.connection = connection
        connection.open()
    }

    /// Ends the connection without an event. Gracefully, the status becomes `offline` by our own word;
    /// otherwise the broker's will says it.
    public func disconnect(graceful: Bool) {
        guard let connection else { return }
        if graceful, connection.isOpen {
            _ = try? connection.publish(
                topic: topic("status"),
                payload: Self.offline,
                qos: .atLeastOnce,
                retain: true,
                properties: Self.json
            )
        }
        connection.close(saysGoodbye: graceful)
        chooseNextBroker()
        forget()
    }

    /// Publishes a durable message with QoS 1. Its answer is ``Event/answered(_:_:code:reason:)``; without a
    /// connection there is none, because ``Event/lost(_:broker:)`` has been or will be told.
    public func publish(_ position: Outbox.Position, topic: String, payload: [UInt8], key: Key) {
        guard let connection else { return }
        var properties = Self.json
        properties.user = [.init("stream", key.stream), .init("seq", String(key.sequence))]
        do throws(MosquittoError) {
            let message = try connection.publish(
                topic: self.topic(topic),
                payload: payload,
                qos: .atLeastOnce,
                properties: properties
            )
            unanswered[message] = position
        } catch .invalid(let text) {
            // Above the broker's Maximum Packet Size: as if it had answered so. Not from inside this call.
            answerLater(position, code: 0x95, reason: text)
        } catch {
            // The connection is gone, and its end is on the way.
        }
    }

    /// Publishes a retained message with QoS 1; an empty payload clears the topic. The newest one per topic
    /// wins when they come faster than they leave. Without a connection it is dropped: publish the state
    /// again after ``Event/connected(receiveMaximum:broker:)``.
    public func publishRetained(topic: String, payload: [UInt8]) {
        guard connection?.isOpen == true else { return }
        if let index = waitingRetained.firstIndex(where: { $0.topic == topic }) {
            waitingRetained[index].payload = payload
        } else {
            waitingRetained.append((topic, payload))
        }
        sendRetained()
    }

    /// Publishes with QoS 0 what is worth nothing when it is old, or counts it as skipped.
    public func publishLive(topic: String, payload: [UInt8], expiry: UInt32 = 5) {
        guard let connection, connection.isOpen, !connection.isBackedUp else {
            skippedLiveCount += 1
            return
        }
        var properties = Self.json
        properties.expiry = expiry
        do throws(MosquittoError) {
            _ = try connection.publish(
                topic: self.topic(topic),
                payload: payload,
                qos: .atMostOnce,
                properties: properties
            )
        } catch {
            skippedLiveCount += 1
        }
    }

    private func handle(_ event: BrokerConnection.Event, _ broker: BrokerAddress) {
        switch event {
        case .opened(let receiveMaximum):
            wasOpen = true
            listener(.connected(receiveMaximum: receiveMaximum, broker: broker))
        case .answered(let message, let code, let reason):
            if let position = unanswered.removeValue(forKey: message) {
                listener(.answered(position, Answer(reasonCode: code), code: code, reason: reason))
            } else if unansweredRetained.remove(message) != nil {
                sendRetained()
            }
        case .closed(let error):
            chooseNextBroker()
            forget()
            listener(.lost(error, broker: broker))
        }
    }

    private func sendRetained() {
        while unansweredRetained.count < Self.retainedMaximum, !waitingRetained.isEmpty {
            let next = waitingRetained.removeFirst()
            let message = try? connection?.publish(
                topic: topic(next.topic),
                payload: next.payload,
                qos: .atLeastOnce,
                retain: true,
                properties: next.payload.isEmpty ? PublishProperties() : Self.json
            )
            if let message { unansweredRetained.insert(message) }
        }
    }

    private func answerLater(_ position: Outbox.Position, code: UInt8, reason: String) {
        let connection = connection
        Reactor.schedule(afterMicroseconds: 0) { [weak self] in
            guard let self, connection === self.connection else { return }
            listener(.answered(position, Answer(reasonCode: code), code: code, reason: reason))
        }
    }

    /// The one after a broker that did not let us in, be it by silence; else the first.
    private func chooseNextBroker() { nextBroker = wasOpen ? 0 : nextBroker + 1 }

    private func forget() {
        connection = nil
        wasOpen = false
        unanswered.removeAll()
        unansweredRetained.removeAll()
        waitingRetained.removeAll()
    }

    private func options(for broker: BrokerAddress) -> ConnectOptions {
        var options = ConnectOptions(host: broker.host, port: broker.port, clientID: settings.clientID)
        options.version = settings.version
        options.keepAlive = settings.keepAlive
        options.username = settings.username
        options.password = settings.password
        options.tls = broker.usesTLS ? settings.tls : nil
        options.will = .init(topic: topic("status"), payload: Self.offline, qos: .atLeastOnce, retain: true)
        return options
    }

    private func topic(_ name: String) -> String { "\(settings.root)/\(name)" }

    private static let offline = Array(#"{"state":"offline"}"#.utf8)
    private static let json = PublishProperties(contentType: "application/json")
}
