import HCIHost
import Reactor
import TestSupport
import Testing
import Wire

@testable import BroadcastRelay
@testable import Daemon

/// The daemon's choice between the helper and bluetoothd, with the helper's own code.
@Suite struct BroadcastsTests {
    @Reactor
    private final class Gateway {
        let world = RelayWorld()
        private(set) var broadcasts: Broadcasts?
        private(set) var lines: [String] = []
        private(set) var discoveries: [Bool] = []
        private(set) var frames = 0
        var bluezHeard: Instant?

        func start(_ choice: BroadcastRoute.Choice) {
            let broadcasts = Broadcasts(
                choice,
                path: world.path,
                hooks: Broadcasts.Hooks(
                    frame: { [unowned self] _ in frames += 1 },
                    source: { _ in SourceIndex(0) },
                    log: { [unowned self] in lines.append($1) },
                    bluez: { [unowned self] in (bluezHeard, true) },
                    discoveryChanged: { [unowned self] in
                        discoveries.append(self.broadcasts?.route.wantsDiscovery ?? false)
                    }
                )
            )
            self.broadcasts = broadcasts
            broadcasts.start()
        }

        func end() {
            broadcasts?.stop()
            world.end()
        }
    }

    @Test(
        "With auto the helper takes over from discovery when data come, and gives back when it goes"
    )
    func auto() async {
        let gateway = await Gateway()
        await gateway.start(.auto)
        await Reactor.run {
            #expect(gateway.broadcasts?.route.wantsDiscovery == true)
            gateway.world.startHelper()
        }
        #expect(await eventually(within: 5) { await gateway.world.areScanning })
        #expect(await Reactor.run { gateway.broadcasts?.route.way } == .bluez)
        await Reactor.run { gateway.world.adapters[0].report(1, RelayWorld.strap) }
        #expect(await eventually(within: 5) { await gateway.broadcasts?.route.way == .helper })
        #expect(
            await eventually(within: 5) {
                await gateway.broadcasts?.reports(.init()).first?.state == "listening"
            }
        )
        await Reactor.run {
            #expect(gateway.frames == 1)
            #expect(gateway.discoveries == [false])
            let report = gateway.broadcasts?.reports(.init()).first
            #expect(report?.name == "broadcast")
            #expect(report?.reason == "advertisements come through touchline-hci")
            #expect(report?.counters.first { $0.name == "through_helper" }?.value == 1)
            gateway.world.stopHelper()
        }
        #expect(await eventually(within: 5) { await gateway.discoveries == [false, true] })
        await Reactor.run {
            #expect(gateway.lines.last?.contains("touchline-hci does not run") == true)
            gateway.end()
        }
    }

    @Test("A telephone proves the helper too, although it is not passed on")
    func filtered() async {
        let gateway = await Gateway()
        await Reactor.run { gateway.world.startHelper() }
        await gateway.start(.auto)
        #expect(await eventually(within: 5) { await gateway.world.areScanning })
        // After the first status: what was heard before it proves nothing.
        let isProven = await eventually(within: 5) {
            await Reactor.run { gateway.world.adapters[0].report(1, RelayWorld.phone) }
            return await gateway.broadcasts?.route.way == .helper
        }
        #expect(isProven)
        #expect(await Reactor.run { gateway.frames } == 0)
        await gateway.end()
    }

    @Test("With bluez or off nobody connects to the helper; a change takes effect at once")
    func choices() async {
        let gateway = await Gateway()
        await Reactor.run { gateway.world.startHelper() }
        await gateway.start(.bluez)
        await Reactor.run {
            #expect(gateway.broadcasts?.route.wantsDiscovery == true)
            gateway.broadcasts?.apply(.off)
            #expect(gateway.discoveries == [false])
            #expect(gateway.broadcasts?.reports(.init()).isEmpty == true)
            #expect(gateway.world.relay?.connections.isEmpty == true)
            gateway.broadcasts?.apply(.helper)
        }
        #expect(await eventually(within: 5) { await gateway.world.areScanning })
        await Reactor.run { gateway.world.stopHelper() }
        #expect(
            await eventually(within: 5) {
                await gateway.broadcasts?.reports(.init()).first?.state == "absent"
            }
        )
        await Reactor.run {
            #expect(gateway.discoveries == [false])
            gateway.end()
        }
    }
}
