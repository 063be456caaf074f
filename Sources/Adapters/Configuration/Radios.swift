public import Wire

extension Configuration {
    public struct Radios: Hashable, Sendable {
        public var ant = ANT()
        public var bluetooth = Bluetooth()
        public var simulator = Simulator()
        public init() {}
    }

    public struct ANT: Hashable, Sendable {
        public var enabled = true
        /// None is shipped.
        public var networkKey: Credential? = .named("ant-network-key")
        /// Which sticks to use; empty: all, for all device types.
        public var sticks: [Stick] = []
        public init() {}

        public struct Stick: Hashable, Sendable {
            public var serial = ""
            /// Empty: all.
            public var deviceTypes: [UInt8] = []
            public init() {}
        }
    }

    public struct Bluetooth: Hashable, Sendable {
        public enum Broadcast: String, CaseIterable, Hashable, Sendable {
            case auto, helper, bluez, off
        }
        public enum Connect: String, CaseIterable, Hashable, Sendable {
            case assigned, allowed, all, off
        }
        public var enabled = true
        public var broadcast = Broadcast.auto
        public var connect = Connect.assigned
        public var bonding = false
        /// Empty: the gateway chooses the roles.
        public var adapters: [Adapter] = []
        /// Empty: any.
        public var allow: [SensorID] = []
        public init() {}

        public struct Adapter: Hashable, Sendable {
            public enum Role: String, CaseIterable, Hashable, Sendable {
                case scan, link, both
            }
            /// Six octets in upper-case hexadecimal, joined by colons.
            public var address = ""
            public var role = Role.both
            public init() {}
        }
    }

    public struct Simulator: Hashable, Sendable {
        public var enabled = false
        public var athletes = 22
        public var seed: UInt64 = 1
        public init() {}
    }
}
