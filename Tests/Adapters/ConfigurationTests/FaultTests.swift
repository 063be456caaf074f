import Configuration
import Testing

@Suite struct FaultTests {
    /// Text, and the fault as the operator reads it, from the line on.
    static let wrong: [(String, String)] = [
        (
            "store:\n  comit_interval: 1s",
            "2: store.comit_interval: unknown key; the nearest known one is store.commit_interval"
        ),
        (
            "commit_interval: 1s",
            "1: commit_interval: unknown key; the nearest known one is store.commit_interval"
        ),
        ("mqtt: { broker: [] }", "1: mqtt.broker: unknown key; the nearest known one is mqtt.brokers"),
        (
            "http: { cloud: { ulr: x } }",
            "1: http.cloud.ulr: unknown key; the nearest known one is http.<name>.url"
        ),
        ("stroe: {}", "1: stroe: unknown key; the nearest known one is store"),
        (
            "gateway: { id: Pitch }",
            "1: gateway.id: 'Pitch': use 1 to 48 of a-z, 0-9, _ and -, beginning with a letter or digit"
        ),
        ("gateway: x", "1: gateway: expected keys with values, indented below this one"),
        (
            "store: { commit_interval: 100ms }",
            "1: store.commit_interval: 100ms is outside 200ms to 10s"
        ),
        ("store: { commit_interval: 11s }", "1: store.commit_interval: 11s is outside 200ms to 10s"),
        (
            "store: { commit_interval: 5 }",
            "1: store.commit_interval: '5' is not a duration such as 500ms, 5s, 10min, 72h or 30d"
        ),
        ("store: { max_size: 4G }", "1: store.max_size: '4G' is not a size such as 100kB or 2GiB"),
        (
            "store: { max_size: 99999999999TiB }",
            "1: store.max_size: '99999999999TiB' is not a size such as 100kB or 2GiB"
        ),
        ("mqtt: { drain_rate: 200 }", "1: mqtt.drain_rate: '200' is not a rate such as 200/s"),
        ("mqtt: { in_flight: 0 }", "1: mqtt.in_flight: 0 is outside 1 to 65535"),
        ("mqtt: { in_flight: 010 }", "1: mqtt.in_flight: '010' is no whole number without a unit"),
        ("mqtt: { version: 4 }", "1: mqtt.version: '4' is none of 5, 3.1.1"),
        ("mqtt: { enabled: maybe }", "1: mqtt.enabled: 'maybe' is neither true nor false"),
        (
            "mqtt: { brokers: \"mqtt://a\" }",
            "1: mqtt.brokers: expected a list; write [first, second], or [] for none"
        ),
        (
            "mqtt:\n  brokers:\n    - mqtt://a\n    - http://a",
            "4: mqtt.brokers: 'http://a' must be mqtts://HOST:PORT or mqtt://HOST:PORT"
        ),
        ("mqtt: { root: \"a/#\" }", "1: mqtt.root: 'a/#' must be words joined by /, without + and #"),
        ("clock: { trust: [kernel, kernel] }", "1: clock.trust: an item stands in the list twice"),
        (
            "clock: { trust: [gps] }",
            "1: clock.trust: 'gps' is none of kernel, operator, upstream, assume"
        ),
        (
            "radios: { ant: { sticks: [{ device_types: [120] }] } }",
            "1: radios.ant.sticks.1: serial is missing"
        ),
        (
            "radios: { ant: { sticks: [{ serial: \"1\", device_types: [128] }] } }",
            "1: radios.ant.sticks.1.device_types: 128 is outside 1 to 127"
        ),
        (
            "radios: { bluetooth: { allow: [H10] } }",
            "1: radios.bluetooth.allow: 'H10' must be ant:NUMBER:TYPE or ble:ADDRESS"
        ),
        (
            "sensors: { H10: { side: left } }",
            "1: sensors.H10: as a name, use the id of a sensor, in quotes: "
                + "\"ant:NUMBER:TYPE\" or \"ble:ADDRESS\""
        ),
        (
            "sensors:\n  \"ant:1:123\": { wheel_circumference: 2105 }",
            "2: sensors.ant:1:123.wheel_circumference: 2105 is outside 0.3 to 4.0"
        ),
        (
            "sensors: { \"ant:1:124\": { calibration: 0.4 } }",
            "1: sensors.ant:1:124.calibration: 0.4 is outside 0.5 to 2.0"
        ),
        (
            "sensors: { \"ant:1:124\": { calibration: 2 %} }",
            "1: sensors.ant:1:124.calibration: '2 %' is no number"
        ),
        (
            "sensors: { \"ant:1:124\": { side: middle } }",
            "1: sensors.ant:1:124.side: 'middle' is none of left, right"
        ),
        (
            "sensors: { \"ant:1:124\": { sides: left } }",
            "1: sensors.ant:1:124.sides: unknown key; the nearest known one is sensors.<sensor>.side"
        ),
        (
            "api: { listen: [\"8080\"] }",
            "1: api.listen: '8080' must be ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:8080"
        ),
        (
            "api: { socket: api.sock }",
            "1: api.socket: 'api.sock' must be an absolute path of at most 107 bytes"
        ),
        (
            "alerts: { heart_rate_high: { limit: 97 } }",
            "1: alerts.heart_rate_high.limit: 97 is outside 0.3 to 1.5"
        ),
        ("http: { cloud: { format: influx } }", "1: http.cloud: url is missing"),
        (
            "http: { Cloud: {} }",
            "1: http.Cloud: as a name, use 1 to 48 of a-z, 0-9, _ and -, beginning with a letter or digit"
        ),
        (
            "api: { listen: [\"0.0.0.0:80\"], insecure_lan: true, auth: no }",
            "1: api.listen: 0.0.0.0:80 is open to the network; set api.auth: true"
        ),
        (
            "api:\n  listen: [\"[::]:80\"]",
            "2: api.listen: [::]:80 is open to the network without TLS; "
                + "set api.tls, or api.insecure_lan: true"
        ),
        (
            "mqtt: { tls: { certificate: /a } }",
            "1: mqtt.tls: certificate and key go together; set both or none"
        ),
        (
            "log: { level: info }\nlog: {}",
            "2: log: the key stands in line 1 already; keep one of the two"
        ),
    ]

    @Test("A fault names file, line, key and cure", arguments: wrong)
    func fault(text: String, expected: String) {
        #expect(faults(text).map(\.description) == ["0.yaml:" + expected])
    }

    @Test("Every fault of every file is reported, in order")
    func all() {
        let found = faults("gateway: { id: X }\nmqtt: { in_flight: x }\n", "log: { level: loud }\n")
        #expect(found.map(\.key) == ["gateway.id", "mqtt.in_flight", "log.level"])
        #expect(found.map(\.file) == ["0.yaml", "0.yaml", "1.yaml"])
    }

    @Test(
        "A secret in the file is a fault that tells the cure and does not show the secret",
        arguments: [
            "mqtt: { password: hunter2 }",
            "radios: { ant: { network_key: hunter2 } }",
            "http: { a: { url: \"https://a/\", token: \"hunter2\" } }",
            "mqtt: { brokers: [\"mqtts://gateway:hunter2@broker.example\"] }",
            "http: { a: { url: \"https://user:hunter2@a.example/\" } }",
            "mqtt: { password: { credential: \"hunter2 !\" } }",
            "mqtt: { password: [hunter2] }",
            "mqtt: { tls: { key: \"-----BEGIN PRIVATE KEY----- hunter2\" } }",
        ]
    )
    func secret(text: String) {
        let found = faults(text)
        #expect(found.count == 1)
        #expect(found.allSatisfy { !$0.description.contains("hunter2") }, "\(found)")
    }

    @Test("The cure of a literal secret is the credential")
    func cure() {
        #expect(faults("mqtt: { password: hunter2 }").first?.message.contains("{ credential: NAME }") == true)
    }

    @Test("A value means what its key needs: 'no' is text, a flag or nothing")
    func typedByKey() throws {
        let configuration = try load("gateway: { id: no }\nmqtt: { enabled: no, username: 5 }").get()
        #expect(configuration.gateway.id == "no")
        #expect(!configuration.mqtt.enabled)
        #expect(configuration.mqtt.username == "5")
        #expect(
            try load("radios: { bluetooth: { broadcast: off } }").get().radios.bluetooth.broadcast == .off
        )
    }

    @Test(
        "Flags are the words that people write",
        arguments: [
            ("true", true), ("Yes", true), ("ON", true), ("false", false), ("no", false), ("Off", false),
        ]
    )
    func flags(word: String, expected: Bool) throws {
        #expect(try load("mqtt: { commands: \(word) }").get().mqtt.commands == expected)
    }

    @Test("Durations and sizes with every unit")
    func measures() throws {
        let configuration = try load(
            """
            store: { commit_interval: 500ms, max_size: 2GB, reserve: 300KiB, retention: 12h }
            clock: { max_wait: 90min }
            capture: { max_size: 1TiB }
            session: { idle_stop: 60 s }
            """
        ).get()
        #expect(configuration.store.commitInterval == 500_000_000)
        #expect(configuration.store.maxSize == 2_000_000_000)
        #expect(configuration.store.reserve == 307_200)
        #expect(configuration.store.retention == 43_200_000_000_000)
        #expect(configuration.clock.maxWait == 5_400_000_000_000)
        #expect(configuration.capture.maxSize == 1 << 40)
        #expect(configuration.session.idleStop == 60_000_000_000)
    }

    @Test(
        "A broker has a scheme, a host and a default port",
        arguments: [
            ("mqtt://a.example", "a.example", 1883, false), ("mqtts://10.0.0.1", "10.0.0.1", 8883, true),
            ("mqtts://a-b.example:443/", "a-b.example", 443, true), ("mqtt://[::1]:1884", "::1", 1884, false),
            ("mqtts://[fe80::1]", "fe80::1", 8883, true),
        ] as [(String, String, UInt16, Bool)]
    )
    func brokers(text: String, host: String, port: UInt16, isEncrypted: Bool) {
        let address = BrokerAddress(isEncrypted: isEncrypted, host: host, port: port)
        #expect(BrokerAddress(text) == address)
        #expect(BrokerAddress(address.description) == address)
    }

    @Test(
        "What is no address of a broker is none",
        arguments: [
            "", "a", "tcp://a", "mqtt:/a", "mqtt://", "mqtts://:8883", "mqtt://a:", "mqtt://a:0",
            "mqtt://a:65536", "mqtt://a:-1", "mqtt://a:+1", "mqtt://a:1a", "mqtt://a:\u{661}", "mqtt://u:p@a",
            "mqtt://a/b", "mqtt://a?b", "mqtt://[::1", "mqtt://[a]", "mqtt://[::1]1", "mqtt://::1",
            "mqtt://a b", "mqtt://ä",
        ]
    )
    func noBrokers(text: String) {
        #expect(BrokerAddress(text) == nil)
    }
}
