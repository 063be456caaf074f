public import Reactor

/// A sensor that the scripted adapters can hear and link to.
@Reactor
public final class ScriptedPeripheral {
    public struct Characteristic: Sendable {
        public var uuid: String
        public var flags: [String]
        /// What reading it gives.
        public var value: [UInt8]

        public init(_ uuid: String, _ flags: [String], _ value: [UInt8] = []) {
            (self.uuid, self.flags, self.value) = (uuid, flags, value)
        }
    }

    public struct Service: Sendable {
        public var uuid: String
        public var characteristics: [Characteristic]

        public init(_ uuid: String, _ characteristics: [Characteristic]) {
            (self.uuid, self.characteristics) = (uuid, characteristics)
        }
    }

    /// Such as `C0:00:00:00:00:01`.
    public let address: String
    public var name: String
    public var services: [Service]
    /// In dBm, by the address of the adapter; an adapter that is not here does not hear it.
    public var rssi: [String: Int16]
    /// By company.
    public var manufacturerData: [UInt16: [UInt8]] = [:]
    public var isAdvertising = true
    /// Most straps fall silent once somebody has a link to them.
    public var advertisesWhileLinked = false
    /// Microseconds, not scaled.
    public var advertisingInterval: UInt64 = 250_000
    /// How often a second it notifies.
    public var rate = 1.0
    public var heartRate: UInt8 = 60
    /// From the call of Connect to the link, in microseconds of the real thing.
    public var connectTime: UInt64 = 400_000
    /// From the link to ServicesResolved, in microseconds of the real thing.
    public var resolveTime: UInt64 = 300_000

    /// Nothing is notified while the link stays up.
    public var isMute = false
    /// ServicesResolved comes, the objects of the services do not.
    public var resolvesWithoutObjects = false
    /// ServicesResolved never comes.
    public var resolvesNever = false
    /// Its values are for those who are paired with it.
    public var wantsPairing = false
    public internal(set) var isPaired = false
    /// Not heard, and a link breaks after the supervision timeout.
    public var isOutOfRange = false

    /// How many values were sent, over all links; its low 16 bits stand in the RR field of each.
    public internal(set) var sentCount = 0
    /// How many links there have been.
    public internal(set) var linkCount = 0
    /// The path of the adapter that has the link.
    public internal(set) var linkedBy: String?

    public init(address: String, name: String, services: [Service], rssi: [String: Int16]) {
        (self.address, self.name) = (address, name)
        (self.services, self.rssi) = (services, rssi)
    }

    /// A heart rate strap with battery and device information.
    public static func strap(_ number: Int, rssi: [String: Int16]) -> ScriptedPeripheral {
        let digits = String(number, radix: 16, uppercase: true)
        let low = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return ScriptedPeripheral(
            address: "C0:00:00:00:\(low.prefix(2)):\(low.suffix(2))",
            name: "Strap \(number)",
            services: [
                Service(
                    uuid(0x180D),
                    [
                        Characteristic(uuid(0x2A37), ["notify"]),
                        Characteristic(uuid(0x2A38), ["read"], [1]),
                    ]
                ),
                Service(uuid(0x180F), [Characteristic(uuid(0x2A19), ["read", "notify"], [87])]),
                Service(
                    uuid(0x180A),
                    [
                        Characteristic(uuid(0x2A29), ["read"], Array("Script".utf8)),
                        Characteristic(uuid(0x2A25), ["read"], Array("S\(low)".utf8)),
                    ]
                ),
            ],
            rssi: rssi
        )
    }

    /// The long form of an assigned number, as bluetoothd writes it.
    nonisolated public static func uuid(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits + "-0000-1000-8000-00805f9b34fb"
    }

    /// The next value of 2A37: contact, 8-bit rate, one RR interval, which is the counter.
    func nextValue() -> [UInt8] {
        sentCount += 1
        return [
            0x16, heartRate, UInt8(truncatingIfNeeded: sentCount), UInt8(truncatingIfNeeded: sentCount >> 8),
        ]
    }

    /// The counter in a value of 2A37, for the receiver.
    nonisolated public static func counter(in value: [UInt8]) -> UInt16? {
        value.count == 4 && value[0] == 0x16 ? UInt16(value[2]) | UInt16(value[3]) << 8 : nil
    }

    func isHeard(by adapter: String) -> Bool {
        isAdvertising && !isOutOfRange && rssi[adapter] != nil && (linkedBy == nil || advertisesWhileLinked)
    }
}
