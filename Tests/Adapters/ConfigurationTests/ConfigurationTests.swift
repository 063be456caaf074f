import Configuration
import Foundation
import TestSupport
import Testing
import Wire
import YAML

/// What a text loads to, or its faults as text.
func load(_ texts: String...) -> Result<Configuration, ConfigurationFaults> {
    let sources = texts.enumerated().map { ("\($0.offset).yaml", Array($0.element.utf8)) }
    return Result { () throws(ConfigurationFaults) in try Configuration.read(sources) }
}

func faults(_ texts: String...) -> [ConfigurationFault] {
    let sources = texts.enumerated().map { ("\($0.offset).yaml", Array($0.element.utf8)) }
    do throws(ConfigurationFaults) {
        _ = try Configuration.read(sources)
        return []
    } catch {
        return error.faults
    }
}

@Suite struct ConfigurationTests {
    @Test("The documented file loads, and what it does not mark as an example is the default")
    func documented() throws {
        var expected = Configuration()
        expected.gateway.id = "pitch-1"
        expected.store.directory = "/var/lib/touchline"
        expected.athletes.roster = "./roster.csv"
        var stick = Configuration.ANT.Stick()
        stick.serial = "1234"
        stick.deviceTypes = [120]
        expected.radios.ant.sticks = [stick]
        var adapter = Configuration.Bluetooth.Adapter()
        adapter.address = "00:11:22:33:44:55"
        adapter.role = .scan
        expected.radios.bluetooth.adapters = [adapter]
        var wheel = SensorSettings()
        (wheel.wheelCircumference, wheel.calibration, wheel.side) = (2.105, 1, .left)
        expected.sensors[.ant(number: 54_321, type: 123)] = wheel
        expected.mqtt.brokers = [BrokerAddress(isEncrypted: true, host: "broker.example", port: 8883)]
        expected.mqtt.root = "touchline/pitch-1"
        expected.mqtt.username = "gateway"
        var cloud = Configuration.HTTPUplink()
        cloud.url = "https://cloud.example/ingest"
        cloud.token = .named("cloud-token")
        expected.http["cloud"] = cloud

        #expect(try load(Documented.yaml).get() == expected)
    }

    @Test("Every key of the document is known, and every known key is in the document")
    func complete() throws {
        let bytes = Array(Documented.yaml.utf8)
        let root = try #require(try YAMLDocument.parse(bytes: bytes, file: "document").root)
        let documented = Set(keys(of: root))
        // The document describes webhooks in a comment.
        let known = Set(Configuration.knownKeys.filter { !$0.hasPrefix("webhooks.") })
        #expect(documented == known)
        #expect(Set(Configuration.knownKeys).count == Configuration.knownKeys.count)
    }

    /// The keys below a node, with `<name>` and `<n>` where the operator chooses.
    private func keys(of node: YAMLNode, below path: String = "") -> [String] {
        switch node.content {
        case .scalar: return []
        case .list(let items): return items.flatMap { keys(of: $0, below: path + "<n>.") }
        case .map(let entries):
            return entries.flatMap { entry in
                if entry.key == "credential" { return [String]() }
                let placeholder = ["http.": "<name>", "sensors.": "<sensor>"][path]
                let key = path + (placeholder ?? entry.key)
                return (placeholder == nil ? [key] : []) + keys(of: entry.value, below: key + ".")
            }
        }
    }

    @Test("The defaults are the documented values")
    func defaults() throws {
        let defaults = Configuration()
        #expect(defaults.store.commitInterval == 1_000_000_000)
        #expect(defaults.store.maxSize == 4_294_967_296)
        #expect(defaults.store.retention == 2_592_000_000_000_000)
        #expect(defaults.mqtt.maxPayload == 100_000)
        #expect(defaults.api.listen.map(\.description) == ["127.0.0.1:8080"])
        #expect(try load("").get() == defaults)
        #expect(try load("gateway:\nhttp: {}\n").get() == defaults)
    }

    @Test("The installed file shows every key with its default")
    func installed() throws {
        let text = try String(
            contentsOf: Self.folder.appendingPathComponent("touchline.yaml"),
            encoding: .utf8
        )
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.allSatisfy { $0.isEmpty || $0.hasPrefix("#") })
        // Prose has one space after the sign, keys have none or the two of their indentation.
        let active = lines.map { line in
            let isProse = line.hasPrefix("##") || line.hasPrefix("# ") && !line.hasPrefix("#  ")
            return isProse ? "" : String(line.dropFirst())
        }
        let configuration = try load(active.joined(separator: "\n")).get()
        #expect(configuration == Configuration())
        for key in Configuration.knownKeys where !key.contains("<") {
            let name = key.split(separator: ".").last.map(String.init) ?? key
            #expect(active.contains { $0.contains("\(name):") }, "\(key)")
        }
    }

    @Test("The demonstration runs 22 simulated athletes and no hardware")
    func demonstration() throws {
        let path = Self.folder.appendingPathComponent("demo.yaml").path
        let configuration = try Configuration.load(path: path)
        #expect(configuration.gateway.id == "demo")
        #expect(configuration.athletes.auto)
        #expect(configuration.radios.simulator.enabled)
        #expect(configuration.radios.simulator.athletes == 22)
        #expect(configuration.clock.trust == [.assume])
        #expect(!configuration.radios.ant.enabled)
        #expect(!configuration.radios.bluetooth.enabled)
        #expect(configuration.mqtt.brokers.map(\.description) == ["mqtt://127.0.0.1:1883"])
    }

    @Test("Maps merge, scalars and lists replace, null restores the default")
    func merging() throws {
        let configuration = try load(
            """
            store: { max_size: 1GiB, retention: 5d }
            clock: { trust: [kernel] }
            mqtt: { drain_rate: 7/s, tls: { ca: /etc/ca.pem } }
            log: { level: debug }
            http: { a: { url: "https://a.example/" }, b: { url: "https://b.example/" } }
            sensors:
              "ant:1:123": { wheel_circumference: 2.1 }
              "ant:1:124": { calibration: 1.02, side: right }
              "ble:C0:FF:EE:00:00:01": { side: left }
            """,
            """
            store: { retention: null }
            clock: { trust: [operator] }
            mqtt: null
            http: { a: { drain_rate: 9/s }, b: null }
            sensors: { "ant:1:123": { wheel_circumference: 2 }, "ant:1:124": { side: null }, \
              "ble:C0:FF:EE:00:00:01": null }
            """
        ).get()
        #expect(configuration.store.maxSize == 1 << 30)
        #expect(configuration.store.retention == Configuration().store.retention)
        #expect(configuration.clock.trust == [.operator])
        #expect(configuration.mqtt == Configuration.MQTT())
        #expect(configuration.log.level == .debug)
        #expect(configuration.http.count == 1)
        #expect(configuration.http["a"]?.url == "https://a.example/")
        #expect(configuration.http["a"]?.drainRate == 9)
        var (wheel, pod) = (SensorSettings(), SensorSettings())
        wheel.wheelCircumference = 2
        pod.calibration = 1.02
        #expect(
            configuration.sensors == [.ant(number: 1, type: 123): wheel, .ant(number: 1, type: 124): pod]
        )
    }

    @Test("Files of conf.d apply in byte order; others are left alone")
    func directory() throws {
        let directory = TemporaryDirectory()
        let manager = FileManager.default
        try manager.createDirectory(atPath: directory.file("conf.d"), withIntermediateDirectories: true)
        let files = [
            "main.yaml": "gateway: { id: main }\nathletes: { roster: squad.csv }",
            "conf.d/10-b.yaml": "gateway: { id: ten }",
            "conf.d/9-a.yaml": "gateway: { id: nine }",
            "conf.d/99.yml": "broken: [",
            "conf.d/.hidden.yaml": "broken: [",
        ]
        for (name, text) in files {
            try text.write(toFile: directory.file(name), atomically: false, encoding: .utf8)
        }
        let configuration = try Configuration.load(path: directory.file("main.yaml"))
        #expect(configuration.gateway.id == "nine")
        #expect(configuration.athletes.roster == directory.file("squad.csv"))
    }

    @Test("A missing file is a fault that says so")
    func missing() {
        do throws(ConfigurationFaults) {
            _ = try Configuration.load(path: "/nonexistent/touchline.yaml")
            Issue.record("It loaded.")
        } catch {
            #expect(
                error.description
                    == "/nonexistent/touchline.yaml: there is no such file; create it, "
                    + "or name another one with --config"
            )
        }
    }

    @Test("Only four keys wait for a restart")
    func restart() throws {
        let before = Configuration()
        let after = try load(
            """
            gateway: { id: x, timezone: Europe/Berlin }
            store: { directory: /a, max_size: 1GiB }
            api: { listen: ["[::1]:1"], socket: /a/b, auth: false }
            """
        ).get()
        #expect(after.keysWaitingForRestart(against: before) == Configuration.restartKeys)
        #expect(before.keysWaitingForRestart(against: before) == [])
    }

    @Test("Noise in a file never traps")
    func noise() {
        var random = SplitMix64(seed: 3)
        var refused = 0
        for _ in 0..<300 {
            var bytes = Array(Documented.yaml.utf8)
            for _ in 0..<3 {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            do throws(ConfigurationFaults) {
                _ = try Configuration.read([("noise", bytes)])
            } catch {
                refused += 1
                #expect(!error.faults.isEmpty)
            }
        }
        #expect(refused > 100)
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Config").standardizedFileURL
}
