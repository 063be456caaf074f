import Configuration
import MQTTUplink
import Outbox
import Reactor
import Store
import Systemd
import Wire

/// What leaves the gateway.
extension Gateway {
    func startUplinks() {
        guard mqtt == nil else { return }
        guard configuration.mqtt.enabled, !configuration.mqtt.brokers.isEmpty else {
            return journal.write(.info, "No broker is configured; rows stay in the store.", id: .uplinkNone)
        }
        let settings: MQTTUplink.Settings
        do throws(CredentialError) {
            settings = try MQTTUplink.Settings(configuration.mqtt, gateway: identity.gateway)
        } catch {
            return journal.write(.error, "MQTT stays off: \(error)", id: .uplinkFailed)
        }
        let delivery = MQTTDelivery(
            settings: settings,
            store: store,
            journal: journal,
            gateway: identity
        )
        delivery.identity = storeState.identity
        delivery.report = { [unowned self] event in
            engine.handle(event, uplink: 0, at: now)
            carryOut()
        }
        delivery.becameOnline = { [unowned self] in
            changedSensors = Array(engine.sensors.indices)
            publishSensors()
        }
        mqtt = delivery
        engine.addUplink(
            MQTTDelivery.name,
            outbox: Outbox(
                cursor: storeState.cursor(of: MQTTDelivery.name),
                deliverableBelow: storeState.deliverable,
                settings: outboxSettings,
                seed: Machine.entropy,
                now: now
            ),
            cursor: storeState.cursor(of: MQTTDelivery.name),
            at: now
        )
    }

    private var outboxSettings: Outbox.Settings {
        Outbox.Settings(window: configuration.mqtt.inFlight, rate: configuration.mqtt.drainRate)
    }

    /// Brokers may come, go and change; a secret may have changed under its old name.
    func reloadUplinks() {
        let hasBroker = configuration.mqtt.enabled && !configuration.mqtt.brokers.isEmpty
        guard let mqtt else {
            guard hasBroker else { return }
            Task { @Reactor in
                await openStore()  // Tells it the name of the uplink.
                startUplinks()
                carryOut()
            }
            return
        }
        do throws(CredentialError) {
            let settings =
                hasBroker ? try MQTTUplink.Settings(configuration.mqtt, gateway: identity.gateway) : nil
            if mqtt.apply(settings) { engine.handle(.lost, uplink: 0, at: now) }
        } catch {
            journal.write(.error, "The old MQTT settings stay: \(error)", id: .uplinkFailed)
        }
        engine.apply(outboxSettings, uplink: 0, at: now)
        engine.handle(.reload, uplink: 0, at: now)
    }

    /// Publishes the records of sensors that changed in the last second.
    func publishSensors() {
        guard let mqtt, mqtt.isOnline else { return }
        for index in changedSensors {
            let sensor = engine.sensors[index]
            guard sensor.isConfirmed else { continue }
            mqtt.publish(sensor, of: engine, radio: sources[sensor.source]?.name)
        }
        changedSensors.removeAll(keepingCapacity: true)
    }

    func publishHealth() {
        guard let mqtt else { return }
        let report = health.report(
            of: engine,
            store: storeState,
            waiting: waiting,
            radios: radios.flatMap { $0.reports(sources) },
            sources: sources,
            skippedLive: mqtt.skippedLive,
            gateway: identity.gateway,
            at: now
        )
        mqtt.publishHealth(report)
    }
}
