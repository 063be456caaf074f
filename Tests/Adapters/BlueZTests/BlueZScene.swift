import BLEHost
import BlueZ
import Bus
import Reactor
import ScriptedBlueZ
import TestSupport
import Wire

/// A bus, a scripted bluetoothd with adapters and straps, and the central that is tried against it.
@Reactor
final class BlueZScene {
    let bluez: ScriptedBlueZ
    private(set) var radio: BlueZ!
    private(set) var straps: [ScriptedPeripheral] = []
    private(set) var frames: [Frame] = []
    private(set) var log: [String] = []
    private(set) var names: [SensorID: String] = [:]
    private let bus: PrivateBus
    /// Asks the bus about itself.
    private var asker: BusConnection?
    private var sources: [String] = []

    nonisolated static let heartRate = AttributeUUID(0x2A37)
    nonisolated static let addresses = ["00:00:00:00:00:01", "00:00:00:00:00:02"]

    /// - Parameters:
    ///   - count: How many straps there are; all are wanted unless `policy` says otherwise.
    ///   - adapters: How many, at most two.
    ///   - rate: Values a second of each strap.
    ///   - policy: Which straps are connected to.
    ///   - roles: What the configuration says of the adapters.
    ///   - hearsBroadcasts: Whether advertisements are wanted.
    ///   - allowsPairing: Whether straps may be paired with.
    ///   - prepare: Changes the script before anything begins.
    /// - Throws: What the bus says.
    init(
        straps count: Int,
        adapters: Int = 1,
        rate: Double = 4,
        policy: Interest.Policy = .assigned,
        roles: [String: Role] = [:],
        hearsBroadcasts: Bool = false,
        allowsPairing: Bool = false,
        prepare: @Reactor (ScriptedBlueZ) -> Void = { _ in }
    ) async throws {
        bus = try PrivateBus()
        bluez = ScriptedBlueZ(bus.address, scale: 50)
        for (number, address) in Self.addresses.prefix(adapters).enumerated() {
            bluez.addAdapter("hci\(number)", address: address)
        }
        for number in 0..<count {
            let strap = ScriptedPeripheral.strap(number + 1, rssi: [:])
            for address in Self.addresses.prefix(adapters) { strap.rssi[address] = -50 - Int16(number % 30) }
            strap.rate = rate
            strap.advertisingInterval = 50_000
            straps.append(strap)
            bluez.add(strap)
        }
        prepare(bluez)
        try await bluez.appear()
        var interest = interest(policy)
        interest.allowsPairing = allowsPairing
        let central = Central(
            interest: interest,
            roles: roles,
            hearsBroadcasts: hearsBroadcasts,
            at: Instant(nanoseconds: Int64(EventSource.now()) * 1_000)
        )
        var hooks = BlueZ.Hooks(
            frame: { [unowned self] in frames.append($0) },
            source: { [unowned self] in source($0) },
            log: { [unowned self] in log.append($1) }
        )
        hooks.named = { [unowned self] in names[$0] = $1 }
        radio = BlueZ(central, address: bus.address, hooks: hooks)
        radio.start()
    }

    func interest(_ policy: Interest.Policy) -> Interest {
        var interest = Interest()
        interest.services = [AttributeUUID(0x180D)]
        interest.characteristics = [Interest.Characteristic(uuid: Self.heartRate, rate: 1)]
        interest.characteristics += [0x2A19, 0x2A25, 0x2A29].map {
            Interest.Characteristic(uuid: AttributeUUID($0), isRead: true)
        }
        interest.policy = policy
        interest.wanted = Set(straps.map(sensor))
        return interest
    }

    func end() {
        radio.stop()
        bluez.vanish()
        bus.stop()
    }

    private func source(_ address: String) -> SourceIndex? {
        if !sources.contains(address) { sources.append(address) }
        return sources.firstIndex(of: address).map { SourceIndex(UInt8($0)) }
    }

    /// The connection of the central breaks, and the script's with it; the bus and the script come back.
    func breakBus() async throws {
        bus.stop()
        try bus.start()
        bluez.vanish()
        try await bluez.appear()
    }

    func sensor(_ strap: ScriptedPeripheral) -> SensorID {
        let digits = strap.address.utf8.filter { $0 != UInt8(ascii: ":") }
        return .ble(address: Hex.bytes(digits)!.reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// How many match rules the bus keeps, over all clients; `nil` when it does not say.
    func matchRules() async -> Int? {
        let name = "org.freedesktop.DBus"
        let call = BusCall(
            service: name,
            path: "/org/freedesktop/DBus",
            interface: name + ".Debug.Stats",
            member: "GetStats"
        )
        return await withCheckedContinuation { continuation in
            asker = BusConnection(.address(bus.address)) { [unowned self] event in
                guard case .opened = event else { return asked(nil, continuation) }
                let sent = try? asker?.call(call, within: 5_000_000) { [unowned self] answer in
                    asked((try? answer.get())?.first?["MatchRules"]?.asInteger, continuation)
                }
                if sent == nil { asked(nil, continuation) }
            }
            asker?.open()
        }
    }

    private func asked(_ count: Int?, _ continuation: CheckedContinuation<Int?, Never>) {
        asker?.close()
        asker = nil
        continuation.resume(returning: count)
    }

    // MARK: What is to be seen

    var live: Int { radio.central.peripherals.count { $0.isLinked } }
    var counters: Peripheral.Counters? { radio.central.peripherals.first?.counters }
    var rearms: UInt64 { radio.central.peripherals.reduce(0) { $0 + $1.counters.rearms } }
    var linkCounts: [Int] { straps.map { $0.linkCount } }
    var frameCount: Int { frames.count }
    /// The adapter that has the link of each strap.
    var holders: [String?] { straps.map { $0.linkedBy } }
    func isAsked(_ member: String) -> Bool { bluez.calls.contains { $0.hasPrefix(member + " ") } }

    /// The counters in the heart rates of a strap, from a frame on.
    func values(of strap: ScriptedPeripheral, from first: Int = 0) -> [UInt16] {
        let sensor = sensor(strap)
        return frames[first...].filter {
            $0.sensor == sensor && $0.channel == .characteristic(Self.heartRate)
        }
        .compactMap { ScriptedPeripheral.counter(in: $0.payload.withBytes { Array($0) }) }
    }

    /// Values that are missing between those that were heard, over all straps.
    func gaps(from first: Int = 0) -> Int {
        straps.reduce(0) { count, strap in
            let values = values(of: strap, from: first)
            return count + zip(values, values.dropFirst()).count { $1 != $0 &+ 1 }
        }
    }

    /// The payloads that a strap's characteristic gave.
    func payloads(_ uuid: UInt16, of strap: ScriptedPeripheral) -> [[UInt8]] {
        let sensor = sensor(strap)
        return frames.filter { $0.sensor == sensor && $0.channel == .characteristic(AttributeUUID(uuid)) }
            .map { $0.payload.withBytes { Array($0) } }
    }
}

/// Waits until so many straps have links and each was heard since.
func areHeard(_ scene: BlueZScene, within seconds: Double = 20) async -> Bool {
    guard await eventually(within: seconds, { await scene.live == scene.straps.count }) else { return false }
    let first = await scene.frameCount
    return await eventually(within: 10) { await scene.isEachHeard(from: first) }
}

extension BlueZScene {
    func isEachHeard(from first: Int) -> Bool {
        straps.allSatisfy { !values(of: $0, from: first).isEmpty }
    }
}
