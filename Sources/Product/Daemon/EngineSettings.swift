import Configuration
import Engine
import Systemd
import Wire

extension Engine.Settings {
    /// What the configuration says about the engine.
    init(_ configuration: Configuration, identity: GatewayIdentity) {
        self.init(gateway: identity.gateway, boot: identity.boot)
        autoAthletes = configuration.athletes.auto
        recordsOutsideSession = configuration.record.outsideSession
        commitInterval = configuration.store.commitInterval
        payloadMaximum = Int(configuration.mqtt.maxPayload)
        trust = configuration.clock.trust.reduce(into: ClockTrust()) { trust, source in
            switch source {
            case .kernel: trust.insert(.kernel)
            case .operator: trust.insert(.operator)
            case .upstream: trust.insert(.upstream)
            case .assume: trust.insert(.assume)
            }
        }
        clockMaxWait = configuration.clock.maxWait
        sensors = configuration.sensors
        seed = Machine.entropy
    }
}
