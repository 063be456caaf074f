import BLEHost
internal import Bus
internal import Wire

extension Call {
    /// The method call that asks bluetoothd for this.
    var busCall: BusCall {
        switch self {
        case .listObjects:
            BusCall(
                service: BlueZ.service,
                path: "/",
                interface: "org.freedesktop.DBus.ObjectManager",
                member: "GetManagedObjects",
                arguments: []
            )
        case .power(let adapter, let on):
            BusCall(
                service: BlueZ.service,
                path: adapter,
                interface: "org.freedesktop.DBus.Properties",
                member: "Set",
                arguments: [.string("org.bluez.Adapter1"), .string("Powered"), .variant(.boolean(on))]
            )
        case .setDiscoveryFilter(let adapter):
            // Each report counts, also one with the same data as the one before.
            Self.adapter(
                adapter,
                "SetDiscoveryFilter",
                [.properties([("Transport", .string("le")), ("DuplicateData", .boolean(true))])]
            )
        case .startDiscovery(let adapter): Self.adapter(adapter, "StartDiscovery")
        case .stopDiscovery(let adapter): Self.adapter(adapter, "StopDiscovery")
        case .remove(let device, let adapter): Self.adapter(adapter, "RemoveDevice", [.path(device)])
        case .connect(let device): Self.device(device, "Connect")
        case .disconnect(let device): Self.device(device, "Disconnect")
        case .pair(let device): Self.device(device, "Pair")
        case .subscribe(let path, _): Self.characteristic(path, "AcquireNotify", [.properties([])])
        case .unsubscribe(let path, _): Self.characteristic(path, "StopNotify")
        case .read(let path): Self.characteristic(path, "ReadValue", [.properties([])])
        }
    }

    /// The other way to subscribe, where bluetoothd or the characteristic does not offer a socket.
    static func startNotify(_ path: String) -> BusCall { characteristic(path, "StartNotify") }

    private static func adapter(_ path: String, _ member: String, _ arguments: [BusValue] = []) -> BusCall {
        BusCall(
            service: BlueZ.service,
            path: path,
            interface: "org.bluez.Adapter1",
            member: member,
            arguments: arguments
        )
    }

    private static func device(_ path: String, _ member: String) -> BusCall {
        BusCall(
            service: BlueZ.service,
            path: path,
            interface: "org.bluez.Device1",
            member: member,
            arguments: []
        )
    }

    private static func characteristic(
        _ path: String,
        _ member: String,
        _ arguments: [BusValue] = []
    ) -> BusCall {
        BusCall(
            service: BlueZ.service,
            path: path,
            interface: "org.bluez.GattCharacteristic1",
            member: member,
            arguments: arguments
        )
    }
}

extension CallFailure {
    /// - Source: `src/error.c` and `src/device.c` of BlueZ for the names and words.
    init(_ error: BusError) {
        switch error {
        case .timedOut: self = .timeout
        case .missing: self = .unknownObject
        case .denied: self = .notPermitted
        case .refused(let fault): self.init(name: fault.name, words: fault.message)
        case .absent, .lost, .unreachable, .busy, .unreadable, .invalid: self = .other("\(error)")
        }
    }

    private init(name: String, words: String) {
        switch name {
        case "org.bluez.Error.InProgress", "org.bluez.Error.Busy": self = .inProgress
        case "org.bluez.Error.NotReady": self = .notReady
        case "org.bluez.Error.Blocked": self = .blocked
        case "org.bluez.Error.AlreadyConnected", "org.bluez.Error.AlreadyExists": self = .already
        case "org.bluez.Error.DoesNotExist": self = .unknownObject
        case "org.bluez.Error.NotSupported": self = .notSupported
        case "org.bluez.Error.NotAuthorized", "org.bluez.Error.NotPermitted": self = .notPermitted
        default:
            if words.contains("abort") {
                self = .aborted
            } else if words.contains("rfkill") {
                self = .blocked
            } else if words.contains("already-connected") {
                self = .already
            } else if words.contains("not-powered") {
                self = .notReady
            } else if words.contains("in progress") || words.contains("busy") {
                self = .inProgress
            } else if words.contains("limit") || words.contains("no-resources") || words.contains("memory") {
                self = .noSlot
            } else {
                self = .other(words.isEmpty ? name : words)
            }
        }
    }
}
