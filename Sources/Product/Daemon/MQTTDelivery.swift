import Configuration
import Engine
import JSON
import MQTTUplink
import Messages
import Mosquitto
import Outbox
import Reactor
import Store
import Systemd
import Twin
import Wire

/// What leaves by MQTT: carries out what the outbox asks for, and publishes live rows, sensors, status and
/// health beside it.
@Reactor
final class MQTTDelivery {
    /// The cursor's name in the store.
    static let name = "mqtt"

    private(set) var settings: MQTTUplink.Settings
    /// Whose messages the store writes now; part of the birth.
    var identity: StreamIdentity? {
        didSet { if isOnline, identity != oldValue { publishBirth() } }
    }
    /// Tells the engine what happened.
    var report: (@Reactor (Outbox.Event) -> Void)?
    var becameOnline: (@Reactor () -> Void)?
    private(set) var isOnline = false
    /// Whether the configuration names no broker any more.
    private var isSuspended = false

    private let store: Store
    private let journal: JournalLog
    private let gateway: GatewayIdentity
    private let started: Nanoseconds
    private var uplink: MQTTUplink?
    private var writer = MessageWriter()
    /// Messages that the outbox may publish, as they go out. Bounded by the outbox: two windows.
    private var loaded: [UInt64: (topic: String, payload: [UInt8], key: MQTTUplink.Key)] = [:]
    private var lastTrouble: String?
    private var skippedByEarlier: UInt64 = 0
    private var hasSubscriber = true

    /// Bytes of packed messages that one look into the store may bring: two windows of ordinary ones.
    private static let loadBytesMaximum = 1 << 20

    init(
        settings: MQTTUplink.Settings,
        store: Store,
        journal: JournalLog,
        gateway: GatewayIdentity
    ) {
        (self.settings, self.store) = (settings, store)
        (self.journal, self.gateway, started) = (journal, gateway, Machine.systemTime)
    }

    /// Live rows that were dropped because no broker took them.
    var skippedLive: UInt64 { skippedByEarlier + (uplink?.skippedLiveCount ?? 0) }

    /// Ends the connection where `settings` are others than before; `nil` connects no more.
    ///
    /// - Returns: Whether they are.
    func apply(_ settings: MQTTUplink.Settings?) -> Bool {
        guard settings != self.settings || isSuspended else { return false }
        isSuspended = settings == nil
        if let settings { self.settings = settings }
        skippedByEarlier = skippedLive
        uplink?.disconnect(graceful: true)
        uplink = nil
        lose()
        return true
    }

    func stop() { uplink?.disconnect(graceful: true) }

    // MARK: Durable messages

    func carryOut(_ command: Outbox.Command) {
        switch command {
        case .connect:
            guard !isSuspended else { return }
            if uplink == nil { uplink = MQTTUplink(settings) { [weak self] in self?.handle($0) } }
            uplink?.connect()
        case .disconnect:
            uplink?.disconnect(graceful: false)
            lose()
            if !isSuspended { tellTrouble("The broker stopped answering.") }
        case .load(let position, let count): load(from: position, count: count)
        case .publish(let position):
            guard let message = loaded[position] else { return }  // Lost again before it could go.
            uplink?.publish(position, topic: message.topic, payload: message.payload, key: message.key)
        case .forget(let position): loaded[position] = nil
        case .hold:
            journal.write(
                .error,
                "The broker refuses durable messages; MQTT is held and tried again every 5 minutes and on "
                    + "reload. "
                    + "Cure: let \(settings.username ?? settings.clientID) publish below \(settings.root).",
                id: .uplinkHeld
            )
        case .resume: journal.write(.info, "The broker takes durable messages again.", id: .uplinkHeld)
        case .cursor, .wake: break  // The engine keeps these to itself.
        }
    }

    private func load(from position: UInt64, count: Int) {
        Task { @Reactor in
            do throws(StoreError) {
                let messages = try await store.load(
                    from: position,
                    count: count,
                    bytes: Self.loadBytesMaximum
                )
                report?(.loaded(messages.map(prepare)))
            } catch {
                report?(.loadFailed)
            }
        }
    }

    /// Writes a message as it goes out and keeps it until the outbox forgets it.
    private func prepare(_ message: StoredMessage) -> Outbox.Item {
        var message = message
        var payload: [UInt8]
        do throws(BodyFailure) {
            payload = try writer.write(message)
        } catch {
            // Another version wrote it. It cannot be shown, and it must not be passed over in silence.
            journal.write(.error, "Message \(message.position) cannot be read: \(error)", id: .storeRotten)
            (message.kind, message.body) = (.withdrawn, [WithdrawalReason.quarantine.rawValue])
            payload = (try? writer.write(message)) ?? []
        }
        loaded[message.position] = (
            message.kind == .event ? "event" : "record",
            payload,
            MQTTUplink.Key(stream: message.identity.stream.description, sequence: message.seq)
        )
        return Outbox.Item(
            position: message.position,
            lastPosition: message.lastPosition,
            bytes: payload.count
        )
    }

    private func handle(_ event: MQTTUplink.Event) {
        switch event {
        case .connected(let receiveMaximum, let broker):
            isOnline = true
            lastTrouble = nil
            journal.write(.info, "Connected to \(broker).", id: .uplinkOnline)
            publishBirth()
            becameOnline?()
            report?(.connected(receiveMaximum: receiveMaximum))
        case .lost(let error, let broker):
            lose()
            tellTrouble("\(broker): \(error)")
            report?(.lost)
        case .answered(let position, let answer, let code, let reason):
            tellSubscriber(answer)
            switch answer {
            case .delivered, .deliveredToNobody: report?(.acknowledged(position))
            case .refused(let refusal):
                if refusal == .hold {
                    let text = "The broker refused a message with reason code \(code). \(reason)"
                    journal.write(.warning, text, id: .uplinkHeld)
                }
                report?(.refused(position, refusal))
            }
        }
    }

    private func lose() { isOnline = false }

    /// One line for each new cause, however often it repeats.
    private func tellTrouble(_ text: String) {
        guard text != lastTrouble else { return }
        lastTrouble = text
        journal.write(.warning, "\(text) Rows wait in the store.", id: .uplinkLost)
    }

    /// Nobody listening counts as delivered, and is told once for each change.
    private func tellSubscriber(_ answer: MQTTUplink.Answer) {
        if case .refused = answer { return }
        let isHeard = answer == .delivered
        guard isHeard != hasSubscriber else { return }
        hasSubscriber = isHeard
        journal.write(
            .info,
            isHeard ? "Somebody subscribes again." : "Nobody subscribes to \(settings.root)/record.",
            id: .uplinkOnline
        )
    }

    // MARK: Beside it

    private func publishBirth() {
        var json = JSONWriter()
        json.beginObject()
        json.member("state", "online")
        json.member("version", GatewayIdentity.version)
        if let identity { json.member("stream", identity.stream.description) }
        json.member("boot", gateway.boot.description)
        json.member("started", Timestamp.text(started))
        json.endObject()
        uplink?.publishRetained(topic: "status", payload: json.bytes)
    }

    func publishLive(_ row: Row, of athlete: String, session: UUID?, anchor: Anchor) {
        guard isOnline else { return }
        let payload = writer.writeLive(
            row,
            of: athlete,
            session: session,
            gateway: gateway.gateway,
            anchor: anchor
        )
        uplink?.publishLive(topic: "live/" + athlete, payload: payload)
    }

    func publishHealth(_ report: [UInt8]) { uplink?.publishLive(topic: "health", payload: report) }

    /// The retained record of one sensor; `radio` is the one that heard it last.
    func publish(_ sensor: Sensor, of engine: Engine, radio: String?) {
        var json = JSONWriter()
        json.beginObject()
        json.member("schema", "touchline.sensor/1")
        json.member("sensor", sensor.id.description)
        if let athlete = sensor.athlete { json.member("athlete_id", engine.athletes[athlete].id) }
        json.member("heard", sensor.isHeard)
        if let radio { json.member("radio", radio) }
        let facts = sensor.facts
        if let name = facts.manufacturerName { json.member("manufacturer", name) }
        if let number = facts.manufacturer { json.member("manufacturer_id", number) }
        if let name = facts.modelName { json.member("model", name) }
        if let number = facts.model { json.member("model_number", number) }
        if let version = facts.software { json.member("software", Double(version) / 1000, decimals: 3) }
        if let serial = facts.serial { json.member("serial", serial) }
        if let level = facts.batteryLevel { json.member("battery", level) }
        if let status = facts.batteryStatus { json.member("battery_status", "\(status)") }
        if let volts = facts.batteryVoltage { json.member("battery_voltage", volts, decimals: 2) }
        let settings = sensor.settings
        if let metres = settings.wheelCircumference {
            json.member("wheel_circumference", metres, decimals: SensorSettings.decimals)
        }
        if let factor = settings.calibration {
            json.member("calibration", factor, decimals: SensorSettings.decimals)
        }
        if let side = settings.side { json.member("side", side.rawValue) }
        json.endObject()
        uplink?.publishRetained(topic: "sensor/\(sensor.id)", payload: json.bytes)
    }
}

extension MQTTUplink.Settings {
    /// What the configuration says about MQTT, secrets fetched.
    ///
    /// - Throws: `CredentialError` when a secret that is asked for cannot be had.
    init(_ mqtt: Configuration.MQTT, gateway: String) throws(CredentialError) {
        self.init(
            gateway: gateway,
            brokers: mqtt.brokers.map { BrokerAddress(host: $0.host, port: $0.port, usesTLS: $0.isEncrypted) }
        )
        let credentials = CredentialStore.ofEnvironment
        version = mqtt.version == .five ? .v5 : .v311
        if let given = mqtt.root { root = given }
        if let user = mqtt.username {
            username = user
            password = try mqtt.password.map { secret throws(CredentialError) in
                try credentials.secret(secret)
            }
        }
        tls = ConnectOptions.TLS(
            authorities: mqtt.tls.ca == "system" ? .system : .file(mqtt.tls.ca),
            certificate: mqtt.tls.certificate,
            key: mqtt.tls.key.flatMap { credentials.path(of: $0) }
        )
    }
}
