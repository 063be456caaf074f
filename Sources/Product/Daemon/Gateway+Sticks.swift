import ANTHost
import ANTStick
import CaptureFile
import Configuration
import Wire

/// The ANT sticks of the gateway.
extension Gateway: StickListener {
    /// Brings the sticks in line with the configuration; also picks up a key that was not there before.
    func applySticks() {
        guard configuration.radios.ant.enabled else {
            sticks?.stop()
            return
        }
        let settings = ANTSticks.Settings(configuration.radios.ant, credentials: .ofEnvironment)
        if let sticks {
            sticks.apply(settings)
            return sticks.start()
        }
        let sticks = ANTSticks(settings: settings, listener: self)
        self.sticks = sticks
        radios.append(sticks)
        sticks.start()
    }

    func addSource(serial: String?) -> (name: String, index: SourceIndex)? {
        addSource("ant", serial: serial)
    }

    /// Takes in what a stick sent.
    func take(_ transfer: StickTransfer) {
        recorder?.record(transfer)
        for frame in transfer.frames { engine.take(frame) }
        if !engine.commands.isEmpty { carryOut() }
    }

    func log(_ notability: Receiver.Notability, _ text: String) {
        journal.write(notability == .warning ? .warning : .info, text, id: .stick)
    }
}

extension ANTSticks: Radio {
    func reports(_ sources: SourceTable) -> [RadioReport] {
        sticks.map { stick in
            let counters = stick.receiver.counters
            var report = RadioReport(name: stick.name, state: stick.receiver.state.name)
            if case .unusable(let reason) = stick.receiver.state { report.reason = reason }
            report.serial = stick.port.serial
            report.counters = [
                ("frames", counters.frames), ("bytes", counters.bytes), ("transfers", counters.transfers),
                ("messages", counters.messages), ("filtered", counters.filtered),
                ("anonymous", counters.anonymous), ("damaged_regions", counters.damagedRegions),
                ("overflows", counters.overflows), ("serial_errors", counters.serialErrors),
                ("starts", counters.starts), ("restarts", counters.restarts),
            ]
            report.recoveries = RecoveryStep.allCases.map { ($0.key, counters.recoveries[$0]) }
            return report
        }
    }
}

extension Receiver.State {
    /// The stable name in reports.
    var name: String {
        switch self {
        case .absent: "absent"
        case .starting: "starting"
        case .listening: "listening"
        case .recovering: "recovering"
        case .unusable: "unusable"
        }
    }
}

extension RecoveryStep {
    /// The stable name in reports.
    var key: String {
        switch self {
        case .reset: "reset"
        case .reopen: "reopen"
        case .resetDevice: "usb_reset"
        case .cyclePower: "power_cycle"
        }
    }
}

extension ANTSticks.Settings {
    /// What the configuration says about sticks, the network key fetched. What is wrong with the key becomes
    /// advice, and is said when a stick needs it; the key itself is in no message.
    init(_ ant: Configuration.ANT, credentials: CredentialStore) {
        self.init()
        wanted = ant.sticks.map { ANTSticks.Wanted(serial: $0.serial, deviceTypes: $0.deviceTypes) }
        let credential = ant.networkKey ?? .named("ant-network-key")
        do throws(CredentialError) {
            networkKey = NetworkKey(hexadecimal: try credentials.secret(credential))
            if networkKey == nil {
                keyAdvice =
                    "ANT sticks stay unused: the credential \(credential) is no ANT+ network key, which is "
                    + "16 hexadecimal digits; spaces and colons between them are fine."
            }
        } catch {
            keyAdvice = "ANT sticks stay unused: \(error)."
            if case .missing = error { keyAdvice = Self.adviceWithoutKey(credential) }
        }
    }

    private static func adviceWithoutKey(_ credential: Credential) -> String {
        let file: String
        let how: String
        switch credential {
        case .named(let name):
            file = "/etc/touchline/\(name)"
            how =
                "then add LoadCredential=\(name):\(file) to the unit (systemctl edit touchlined) and "
                + "restart, or let the service own the file, set radios.ant.network_key: "
                + "{ credential: \(file) } and reload"
        case .file(let path):
            file = path
            how = "owned by the service's user, then reload"
        }
        return "ANT sticks stay unused without the ANT+ network key, which may not be shipped: get it as an "
            + "ANT+ adopter from thisisant.com (free of charge), write its 16 hexadecimal digits to \(file) "
            + "with mode 600, \(how). Everything else runs."
    }
}
