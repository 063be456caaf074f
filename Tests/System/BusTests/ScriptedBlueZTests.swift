import Bus
import Foundation
import Reactor
import ScriptedBlueZ
import TestSupport
import Testing

/// What a client may rely on when it is tried against the scripted bluetoothd.
@Suite(.serialized, .enabled(if: PrivateBus.isInstalled, "dbus-daemon is not installed"))
struct ScriptedBlueZTests {
    @Test("Devices appear while discovery runs, and vanish some time after it has stopped")
    func discovery() async throws {
        let world = try await BlueZWorld(scale: 100)
        let strap = await world.addStrap(1)
        #expect(await world.devices() == [])
        #expect(await world.adapter("StopDiscovery").fault == "org.bluez.Error.Failed")
        #expect(await world.adapter("StartDiscovery") == .success([]))
        #expect(await world.adapter("StartDiscovery").fault == "org.bluez.Error.InProgress")
        #expect(await eventually { await world.devices() == [await world.path(strap)] })
        let device = await world.properties(strap, "org.bluez.Device1")
        #expect(device?["RSSI"]?.asInteger == -60)
        #expect(device?["UUIDs"]?.asTexts?.first == ScriptedPeripheral.uuid(0x180D))
        #expect(await world.adapter("StopDiscovery") == .success([]))
        #expect(await world.properties(strap, "org.bluez.Device1")?["RSSI"] == nil)
        #expect(await eventually { await world.devices() == [] })
        #expect(await world.call("Connect", on: strap).fault == "org.freedesktop.DBus.Error.UnknownObject")
        await world.end()
    }

    @Test(
        "A link comes up, then its services; values come by signals or through a socket",
        arguments: [false, true]
    )
    func link(bySocket: Bool) async throws {
        let world = try await BlueZWorld(scale: 100)
        let strap = await world.addStrap(1, rate: 100)
        try await world.discover([strap])
        #expect(await world.call("Connect", on: strap) == .success([]))
        #expect(await world.call("Connect", on: strap).fault == "org.bluez.Error.AlreadyConnected")
        let isResolved = await eventually {
            await world.properties(strap, "org.bluez.Device1")?["ServicesResolved"] == .boolean(true)
        }
        #expect(isResolved)
        #expect(await world.properties(strap, "org.bluez.Battery1")?["Percentage"] == .byte(87))
        let values = Heard<UInt16>()
        let session = try await world.listen(to: strap, bySocket: bySocket, values)
        #expect(await eventually { await values.count >= 20 })
        let heard = await values.things
        #expect(zip(heard, heard.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
        #expect(await world.call("Disconnect", on: strap) == .success([]))
        await session.end()
        #expect(await world.properties(strap, "org.bluez.Device1")?["Connected"] == .boolean(false))
        await world.end()
    }

    @Test("Forty straps at 4 Hz are all linked, and no value is missed")
    func squad() async throws {
        let world = try await BlueZWorld(scale: 100)
        var straps: [ScriptedPeripheral] = []
        for number in 1...40 { straps.append(await world.addStrap(number, rate: 4)) }
        try await world.discover(straps)
        var sessions: [BlueZSession] = []
        var heard: [Heard<UInt16>] = []
        for (index, strap) in straps.enumerated() {
            #expect(await world.call("Connect", on: strap) == .success([]))
            let isResolved = await eventually {
                await world.properties(strap, "org.bluez.Device1")?["ServicesResolved"] == .boolean(true)
            }
            #expect(isResolved)
            heard.append(Heard())
            sessions.append(try await world.listen(to: strap, bySocket: index % 2 == 0, heard[index]))
        }
        try await Task.sleep(nanoseconds: 1_500_000_000)
        for values in heard {
            let counters = await values.things
            #expect(counters.count >= 4)
            #expect(zip(counters, counters.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
        }
        for session in sessions { await session.end() }
        await world.end()
    }

    @Test("Calls fail, are late, are out of order or are never answered, as the script says")
    func faults() async throws {
        let world = try await BlueZWorld(scale: 100)
        let strap = await world.addStrap(1)
        try await world.discover([strap])
        await world.fail(ScriptedFault("Connect", .refused(.bluez("InProgress")), count: 2))
        #expect(await world.call("Connect", on: strap).fault == "org.bluez.Error.InProgress")
        #expect(await world.call("Connect", on: strap).fault == "org.bluez.Error.InProgress")
        await world.fail(ScriptedFault("Connect", .ignored))
        #expect(await world.call("Connect", on: strap, within: 50_000) == .failure(.timedOut))
        #expect(await strap.linkedBy == nil)
        await world.fail(ScriptedFault("Connect", .silent))
        #expect(await world.call("Connect", on: strap, within: 100_000) == .failure(.timedOut))
        #expect(await strap.linkedBy == "/org/bluez/hci0")
        await world.fail(ScriptedFault("Disconnect", .afterNext))
        let order = Heard<String>()
        async let first: Void = {
            _ = await world.call("Disconnect", on: strap)
            await order.add("Disconnect")
        }()
        #expect(await eventually { await strap.linkedBy == nil })
        _ = await world.adapter("SetDiscoveryFilter", [.properties([])])
        await first
        #expect(await order.things == ["Disconnect"])
        let start = EventSource.now()
        await world.fail(ScriptedFault("SetDiscoveryFilter", .late(50_000)))
        #expect(await world.adapter("SetDiscoveryFilter", [.properties([])]) == .success([]))
        #expect(EventSource.now() - start >= 50_000)
        await world.end()
    }

    @Test("An absent strap, a full adapter, a lost link and a lost object show as they do in BlueZ")
    func absences() async throws {
        let world = try await BlueZWorld(scale: 200, slots: 1)
        let (strap, other) = (await world.addStrap(1, rate: 50), await world.addStrap(2))
        try await world.discover([strap, other])
        await Task { @Reactor in strap.isOutOfRange = true }.value
        let start = EventSource.now()
        #expect(await world.call("Connect", on: strap) == .failure(.refused(.abortedByLocal)))
        #expect(EventSource.now() - start >= 41_000_000 / 200)
        await Task { @Reactor in strap.isOutOfRange = false }.value
        try await world.discover([strap, other])
        #expect(await world.call("Connect", on: strap) == .success([]))
        #expect(await world.call("Connect", on: other) == .failure(.refused(.abortedByLocal)))
        await Task { @Reactor in strap.isOutOfRange = true }.value
        let isLost = await eventually {
            await world.properties(strap, "org.bluez.Device1")?["Connected"] == .boolean(false)
        }
        #expect(isLost)
        #expect(await world.call("Connect", on: other) == .success([]))
        await world.bluez.forget(other)
        #expect(await world.properties(other, "org.bluez.Device1") == nil)
        #expect(await other.linkedBy == nil)
        await world.end()
    }

    @Test("bluetoothd hangs, vanishes and returns; an adapter comes back under another number")
    func restarts() async throws {
        let world = try await BlueZWorld(scale: 100)
        let strap = await world.addStrap(1)
        let owners = Heard<Bool>()
        let watch = try await world.client.connection.watchOwner(of: "org.bluez") { owners.add($0 != nil) }
        try await world.discover([strap])
        #expect(await world.call("Connect", on: strap) == .success([]))
        await world.bluez.hang()
        #expect(await world.adapter("SetDiscoveryFilter", [], within: 20_000) == .failure(.timedOut))
        await world.bluez.resume()
        #expect(await world.adapter("SetDiscoveryFilter") == .success([]))
        await world.bluez.vanish()
        #expect(await strap.linkedBy == nil)
        guard case .failure(.absent) = await world.call("Connect", on: strap) else {
            return #expect(Bool(false))
        }
        try await world.bluez.appear()
        #expect(await eventually { await owners.things == [true, false, true] })
        #expect(await world.devices() == [])
        await world.bluez.renumber("hci0", to: "hci1")
        guard case .failure(.missing) = await world.adapter("StartDiscovery") else {
            return #expect(Bool(false))
        }
        #expect(await world.adapter("StartDiscovery", on: "hci1") == .success([]))
        #expect(await eventually { await world.devices().first?.hasPrefix("/org/bluez/hci1/dev_") == true })
        await watch.cancel()
        await world.end()
    }
}
