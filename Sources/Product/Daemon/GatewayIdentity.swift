internal import Configuration
internal import Glibc
import Systemd
public import Wire

/// What this gateway is called and where it keeps its state.
public struct GatewayIdentity: Hashable, Sendable {
    /// The version of this program. One place: the package takes it from the CHANGELOG.
    public static let version = "0.1.0"

    /// The gateway's slug.
    public let gateway: String
    public let boot: BootID
    /// The hash of the machine id, 32 hex digits; zeros on a machine without one.
    public let machine: String
    public let stateDirectory: String

    public init(gateway: String, boot: BootID, machine: String, stateDirectory: String) {
        (self.gateway, self.boot, self.machine) = (gateway, boot, machine)
        self.stateDirectory = stateDirectory
    }
}

extension GatewayIdentity {
    /// What configuration, systemd and kernel say.
    init(_ configuration: Configuration) {
        let machine = Machine.id.map { BootID(high: $0.high, low: $0.low).description }
        let boot = Machine.boot ?? (Machine.entropy, Machine.entropy)
        self.init(
            gateway: configuration.gateway.id ?? "gateway-" + String((machine ?? "local").prefix(8)),
            boot: BootID(high: boot.high, low: boot.low),
            machine: machine ?? String(repeating: "0", count: 32),
            stateDirectory: configuration.store.directory ?? Self.defaultStateDirectory
        )
    }

    /// `$STATE_DIRECTORY`, else `${XDG_STATE_HOME:-~/.local/state}/touchline`.
    public static var defaultStateDirectory: String {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        // systemd separates several directories by colons; the unit names one.
        if let given = variable("STATE_DIRECTORY")?.split(separator: ":").first { return String(given) }
        let base = variable("XDG_STATE_HOME") ?? (variable("HOME") ?? "") + "/.local/state"
        return base + "/touchline"
    }
}
