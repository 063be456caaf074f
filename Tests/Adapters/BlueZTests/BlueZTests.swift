import BLEHost
import Bus
import ScriptedBlueZ
import TestSupport
import Testing

/// The central on a real bus, in real time, with a bluetoothd that does what it is told.
@Suite(.enabled(if: PrivateBus.isInstalled, "dbus-daemon is not installed"))
struct BlueZTests {
    @Test(
        "A strap that is wanted is linked and heard, through a socket or by signals, and never paired with",
        arguments: [true, false]
    )
    func link(bySocket: Bool) async throws {
        let scene = try await BlueZScene(straps: 1, rate: 50) { $0.offersSockets = bySocket }
        #expect(await areHeard(scene, within: 5))
        let first = await scene.frameCount
        #expect(await eventually { await scene.frameCount >= first + 50 })
        #expect(await scene.gaps(from: first) == 0)
        #expect(await scene.isAsked("StartNotify") == !bySocket)
        #expect(await !scene.isAsked("Pair"))
        #expect(await scene.names.values.sorted() == ["Strap 1"])
        await scene.end()
        #expect(await eventually { await scene.holders == [nil] })
    }

    @Test("Forty straps at 4 Hz are all linked, and no value is missed after the last link is up")
    func squad() async throws {
        let scene = try await BlueZScene(straps: 40)
        #expect(await areHeard(scene, within: 40))
        let first = await scene.frameCount
        try await Task.sleep(nanoseconds: 2_000_000_000)
        #expect(await scene.frameCount - first >= 40 * 7)
        #expect(await scene.gaps(from: first) == 0)
        #expect(await scene.bluez.calls.count { $0.hasPrefix("GetManagedObjects") } == 1)
        await scene.end()
    }

    @Test("Battery and device information are read once for each link")
    func information() async throws {
        let scene = try await BlueZScene(straps: 1)
        #expect(await areHeard(scene, within: 5))
        let strap = await scene.straps[0]
        #expect(await scene.payloads(0x2A19, of: strap).first == [87])
        #expect(await scene.payloads(0x2A29, of: strap) == [Array("Script".utf8)])
        #expect(await scene.payloads(0x2A25, of: strap) == [Array("S0001".utf8)])
        #expect(await scene.bluez.calls.count { $0.hasPrefix("ReadValue") } == 3)
        await scene.end()
    }

    @Test("Only what is wanted is asked for: no links when they are off, and no discovery without listeners")
    func off() async throws {
        let deaf = try await BlueZScene(straps: 2, policy: .none)
        let listener = try await BlueZScene(straps: 2, policy: .none, hearsBroadcasts: true) { bluez in
            for strap in bluez.peripherals { strap.manufacturerData = [0x6B: [0x20, 1, 60, 61]] }
        }
        #expect(await eventually { await listener.frameCount >= 20 })
        let payload = await listener.frames[0].payload
        #expect(payload.withBytes { Array($0) } == [7, 0xFF, 0x6B, 0, 0x20, 1, 60, 61])
        #expect(await !listener.isAsked("Connect"))
        #expect(await !deaf.isAsked("StartDiscovery"))
        #expect(await deaf.isAsked("GetManagedObjects"))
        await listener.end()
        await deaf.end()
    }

    @Test("A strap that insists on it is paired with when that is allowed, and only then")
    func pairing() async throws {
        let scene = try await BlueZScene(straps: 1) { bluez in
            for strap in bluez.peripherals { strap.wantsPairing = true }
        }
        #expect(await eventually { await scene.log.contains { $0.contains("bonding: true") } })
        #expect(await !scene.isAsked("Pair"))
        await scene.end()

        let other = try await BlueZScene(straps: 1, allowsPairing: true) { bluez in
            for strap in bluez.peripherals { strap.wantsPairing = true }
        }
        #expect(await areHeard(other, within: 10))
        #expect(await other.bluez.calls.count { $0.hasPrefix("Pair ") } == 1)
        await other.end()
    }

    @Test("Links that are not wanted any more are closed, and made again when they are")
    func wishes() async throws {
        let scene = try await BlueZScene(straps: 2)
        #expect(await areHeard(scene, within: 5))
        await scene.radio.apply(scene.interest(.none), roles: [:], hearsBroadcasts: false)
        #expect(await eventually { await scene.holders.allSatisfy { $0 == nil } })
        await scene.radio.apply(scene.interest(.assigned), roles: [:], hearsBroadcasts: false)
        #expect(await areHeard(scene, within: 10))
        await scene.end()
    }

    @Test("Of two adapters one scans and one holds the links, unless the configuration says otherwise")
    func roles() async throws {
        let addresses = BlueZScene.addresses
        for (roles, linked) in [([:], "/org/bluez/hci1"), ([addresses[1]: Role.scan], "/org/bluez/hci0")] {
            let scene = try await BlueZScene(straps: 2, adapters: 2, roles: roles, hearsBroadcasts: true)
            #expect(await areHeard(scene, within: 10))
            #expect(await scene.holders == [linked, linked])
            await scene.end()
        }
    }

    @Test("An adapter that rfkill keeps off is told in words that help, once, and used when it is on")
    func blocked() async throws {
        let scene = try await BlueZScene(straps: 1) { bluez in
            bluez.setPowered("/org/bluez/hci0", false)
            let fault = BusError.Fault.bluez("Failed", "Blocked through rfkill")
            bluez.faults.append(ScriptedFault("Set", .refused(fault), count: .max))
        }
        #expect(await eventually { await scene.log.contains { $0.contains("`rfkill unblock bluetooth`") } })
        await scene.allowPower()
        #expect(await areHeard(scene, within: 10))
        #expect(await scene.log.count { $0.contains("rfkill") } == 1)
        await scene.end()
    }
}

extension BlueZScene {
    /// Somebody unblocks the adapter, and bluetoothd switches it on.
    func allowPower() {
        bluez.faults = []
        bluez.setPowered("/org/bluez/hci0", true)
    }
}
