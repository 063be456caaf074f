import BLEHost
import Bus
import ScriptedBlueZ
import TestSupport
import Testing
import Wire

/// What goes wrong with a real bluetoothd, and is over without help.
@Suite(.enabled(if: PrivateBus.isInstalled, "dbus-daemon is not installed"))
struct RecoveryTests {
    @Test("bluetoothd may go and come back, as often as it likes, and no match rule is left behind")
    func restarts() async throws {
        let scene = try await BlueZScene(straps: 3)
        #expect(await areHeard(scene, within: 10))
        let rules = try #require(await scene.matchRules())
        for _ in 0..<5 {
            await scene.bluez.vanish()
            #expect(await eventually { await scene.live == 0 })
            try await scene.bluez.appear()
            #expect(await areHeard(scene, within: 10))
        }
        #expect(await scene.radio.central.adapters.count == 1)
        #expect(await eventually { await scene.matchRules() == rules })
        await scene.end()
    }

    @Test("A bluetoothd that hangs for a while is asked little, and keeps its links")
    func hang() async throws {
        let scene = try await BlueZScene(straps: 2)
        #expect(await areHeard(scene, within: 10))
        await scene.bluez.hang()
        try await Task.sleep(nanoseconds: 7_000_000_000)
        await scene.bluez.resume()
        #expect(await areHeard(scene, within: 40))
        #expect(await scene.rearms == 1)
        #expect(await scene.linkCounts == [1, 1])
        await scene.end()
    }

    @Test("A bus that breaks is connected to again")
    func bus() async throws {
        let scene = try await BlueZScene(straps: 1)
        #expect(await areHeard(scene, within: 10))
        try await scene.breakBus()
        #expect(await eventually { await scene.live == 0 })
        #expect(await areHeard(scene, within: 20))
        await scene.end()
    }

    @Test("An adapter that comes back under another number is the same one, with the same source")
    func renumbered() async throws {
        let scene = try await BlueZScene(straps: 2)
        #expect(await areHeard(scene, within: 10))
        await scene.bluez.renumber("hci0", to: "hci3")
        #expect(await eventually { await !scene.holders.contains("/org/bluez/hci0") })
        #expect(await areHeard(scene, within: 20))
        #expect(await scene.holders == ["/org/bluez/hci3", "/org/bluez/hci3"])
        #expect(await scene.radio.central.adapters.map(\.path) == ["/org/bluez/hci3"])
        #expect(await Set(scene.frames.map(\.source)) == [SourceIndex(0)])
        await scene.end()
    }

    @Test("Notifications that stop while the link is up are subscribed to anew", arguments: [true, false])
    func muteLink(bySocket: Bool) async throws {
        let scene = try await BlueZScene(straps: 1) { $0.offersSockets = bySocket }
        #expect(await areHeard(scene, within: 10))
        await scene.setMute(true)
        #expect(await eventually { await scene.counters?.rearms == 1 })
        await scene.setMute(false)
        #expect(await areHeard(scene, within: 10))
        #expect(await scene.counters?.connects == 1)
        #expect(await scene.straps[0].linkCount == 1)
        await scene.end()
    }

    @Test("Services that are resolved and not there are looked for anew, once, without bluetoothd's memory")
    func staleCache() async throws {
        let scene = try await BlueZScene(straps: 1) { bluez in
            for strap in bluez.peripherals { strap.resolvesWithoutObjects = true }
        }
        #expect(await eventually { await scene.isAsked("RemoveDevice") })
        await scene.showServices()
        #expect(await areHeard(scene, within: 15))
        #expect(await scene.counters?.staleCaches == 1)
        await scene.end()
    }

    @Test("A device whose object goes while it is connected to is found again")
    func removedDevice() async throws {
        let scene = try await BlueZScene(straps: 1) { bluez in
            for strap in bluez.peripherals { strap.connectTime = 25_000_000 }
        }
        #expect(await eventually { await scene.isAsked("Connect") })
        await scene.forgetStrap()
        #expect(await areHeard(scene, within: 20))
        await scene.end()
    }

    @Test("A strap that leaves and comes back is linked again")
    func outOfReach() async throws {
        let scene = try await BlueZScene(straps: 2)
        #expect(await areHeard(scene, within: 10))
        for _ in 0..<3 {
            await scene.setOutOfRange(true)
            #expect(await eventually { await scene.live == 1 })
            await scene.setOutOfRange(false)
            #expect(await areHeard(scene, within: 20))
        }
        await scene.end()
    }

    @Test("A socket that is offered after its deadline is closed, and the strap is heard in the end")
    func lateSocket() async throws {
        let scene = try await BlueZScene(straps: 1) { bluez in
            bluez.faults.append(ScriptedFault("AcquireNotify", .late(5_500_000)))
        }
        #expect(await eventually { await scene.isAsked("AcquireNotify") })
        #expect(await eventually { await scene.isAsked("Disconnect") })
        #expect(await areHeard(scene, within: 20))
        #expect(await scene.counters?.failures == 1)
        await scene.end()
    }

    @Test(
        "Answers late, lost, refused and out of order: everybody is linked when it is over",
        arguments: 0..<6
    )
    func faultyAnswers(seed: UInt64) async throws {
        let scene = try await BlueZScene(straps: 5, adapters: 1 + Int(seed % 2)) {
            $0.faults = faults(seed: seed)
        }
        try await Task.sleep(nanoseconds: 8_000_000_000)
        await scene.endFaults()
        #expect(await areHeard(scene, within: 60))
        let first = await scene.frameCount
        try await Task.sleep(nanoseconds: 1_000_000_000)
        #expect(await scene.gaps(from: first) == 0)
        await scene.end()
    }

    /// What goes wrong with the first calls of each method.
    private func faults(seed: UInt64) -> [ScriptedFault] {
        var random = SplitMix64(seed: seed)
        let members = [
            "Connect", "Disconnect", "AcquireNotify", "ReadValue", "StartDiscovery", "StopDiscovery",
            "SetDiscoveryFilter", "GetManagedObjects",
        ]
        let words = ["InProgress", "NotReady", "NotSupported", "Failed", "NotPermitted", "DoesNotExist"]
        return (0..<12).map { _ in
            let effect: ScriptedFault.Effect =
                switch random.next() % 6 {
                case 0: .silent
                case 1: .ignored
                case 2: .afterNext
                case 3: .late(random.next() % 6_000_000)
                default: .refused(.bluez(words.randomElement(using: &random)!))
                }
            return ScriptedFault(members.randomElement(using: &random)!, effect)
        }
    }
}

extension BlueZScene {
    func setMute(_ isMute: Bool) { straps[0].isMute = isMute }
    func setOutOfRange(_ isOut: Bool) { straps[0].isOutOfRange = isOut }
    func showServices() { straps[0].resolvesWithoutObjects = false }
    func endFaults() { bluez.faults = [] }

    func forgetStrap() {
        straps[0].connectTime = 400_000
        bluez.forget(straps[0])
    }
}
