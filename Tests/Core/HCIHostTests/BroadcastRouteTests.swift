import HCIHost
import Testing
import Wire

@Suite struct BroadcastRouteTests {
    private static let start = Instant(nanoseconds: 100 * .second)

    /// Runs a route second by second; `events` are given before each.
    private static func run(
        _ route: inout BroadcastRoute,
        seconds: Range<Int64>,
        _ events: BroadcastRoute.Event...
    ) {
        for second in seconds {
            let time = start + second * .second
            for event in events { route.handle(event, at: time) }
            route.advance(to: time)
        }
    }

    @Test("The helper is used once data come through it, and bluetoothd's discovery until then")
    func proof() {
        var route = BroadcastRoute(.auto, at: Self.start)
        #expect(route.wantsHelper && route.wantsDiscovery)
        route.handle(.connected, at: Self.start)
        #expect(route.way == .bluez)
        route.handle(.heardByHelper, at: Self.start + .second)
        #expect(route.way == .helper && !route.wantsDiscovery && !route.isFallback)
        #expect(route.reason == "advertisements come through touchline-hci")
    }

    @Test("A helper that hears nothing for ten seconds while bluetoothd hears is not used, and why is told")
    func deaf() {
        var route = BroadcastRoute(.auto, at: Self.start)
        route.handle(.connected, at: Self.start)
        Self.run(&route, seconds: 1..<10, .heardByBlueZ)
        #expect(!route.reason.contains("hears nothing"))
        Self.run(&route, seconds: 10..<12, .heardByBlueZ)
        #expect(route.way == .bluez && route.isFallback)
        #expect(route.reason.contains("touchline-hci hears nothing while bluetoothd does"))
        Self.run(&route, seconds: 12..<13, .heardByHelper)
        #expect(route.way == .helper)
    }

    @Test("In a quiet hall nobody is blamed")
    func quiet() {
        var route = BroadcastRoute(.auto, at: Self.start)
        route.handle(.connected, at: Self.start)
        Self.run(&route, seconds: 1..<600)
        #expect(route.way == .bluez)
        #expect(!route.reason.contains("hears nothing"))
    }

    @Test("A helper that falls silent is replaced after ten seconds, and believed as soon as it hears again")
    func silence() {
        var route = BroadcastRoute(.auto, at: Self.start)
        route.handle(.connected, at: Self.start)
        Self.run(&route, seconds: 1..<20, .heardByHelper)
        Self.run(&route, seconds: 20..<29)
        #expect(route.way == .helper)
        Self.run(&route, seconds: 29..<30)
        #expect(route.way == .bluez && route.reason.contains("silent"))
        Self.run(&route, seconds: 30..<31, .heardByHelper)
        #expect(route.way == .helper)
    }

    @Test("A sensor that is heard every 30 s does not make it change its mind for ever")
    func rareTraffic() {
        var route = BroadcastRoute(.auto, at: Self.start)
        route.handle(.connected, at: Self.start)
        var changes = 0
        var way = route.way
        for second in 1..<3_600 as Range<Int64> {
            let time = Self.start + second * .second
            if second % 30 == 0 { route.handle(.heardByHelper, at: time) }
            route.advance(to: time)
            if route.way != way { changes += 1 }
            way = route.way
        }
        #expect(changes <= 5)
        #expect(route.way == .helper)
    }

    @Test("Without the helper bluetoothd's discovery is used at once, and again when the helper goes")
    func disconnected() {
        var route = BroadcastRoute(.auto, at: Self.start)
        Self.run(&route, seconds: 0..<2)
        #expect(route.way == .bluez && route.reason.contains("does not run"))
        route.handle(.connected, at: Self.start + 3 * .second)
        route.handle(.heardByHelper, at: Self.start + 4 * .second)
        route.handle(.disconnected, at: Self.start + 5 * .second)
        #expect(route.way == .bluez && route.isFallback)
    }

    @Test(
        "A way that the configuration names is used whatever comes",
        arguments: [
            (BroadcastRoute.Choice.helper, BroadcastRoute.Way.helper), (.bluez, .bluez), (.off, .off),
        ]
    )
    func named(choice: BroadcastRoute.Choice, way: BroadcastRoute.Way) {
        var route = BroadcastRoute(choice, at: Self.start)
        let events: [BroadcastRoute.Event] = [.connected, .heardByHelper, .heardByBlueZ, .disconnected]
        for event in events {
            route.handle(event, at: Self.start + .second)
            #expect(route.way == way)
        }
        Self.run(&route, seconds: 2..<60, .heardByBlueZ)
        #expect(route.way == way && !route.isFallback)
        #expect(route.wantsHelper == (choice == .helper))
        route.apply(.auto, at: Self.start + .minute)
        #expect(route.way == .bluez)
    }
}
