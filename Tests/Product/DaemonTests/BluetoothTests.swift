import Foundation
import Reactor
import ScriptedBlueZ
import TestSupport
import Testing

/// The daemon as it is shipped, with a scripted bluetoothd on a bus of its own.
@Suite(
    .enabled(
        if: PrivateBus.isInstalled && MosquittoBroker.isInstalled && Touchlined.isBuilt,
        "dbus-daemon, mosquitto or touchlined is missing"
    )
)
struct BluetoothTests {
    private let address = "00:00:00:00:00:01"

    @Test(
        "Straps that bluetoothd has become rows on record, and a bluetoothd that comes and goes leaks nothing"
    )
    func rows() async throws {
        let bus = try PrivateBus()
        let straps = await makeStraps(5)
        let bluez = await makeBlueZ(bus.address, straps)
        let broker = try MosquittoBroker()
        try broker.start()
        let subscriber = try MosquittoSubscriber(
            broker,
            topics: ["touchline/proof/record"],
            format: "%p",
            session: "receiver"
        )
        let daemon = try Touchlined(port: broker.port, athletes: 0, bus: bus.address)
        try daemon.start()
        // The daemon is there first.
        try await bluez.appear()
        let hasRows = await eventually(within: 30) { athletes(in: subscriber.lines).count == straps.count }
        #expect(hasRows, "\(daemon.journal)")

        #expect(await eventually { await areLinked(straps, rounds: 1) })
        let before = openFiles(of: daemon)
        for round in 2...6 {
            await bluez.vanish()
            try await bluez.appear()
            let areBack = await eventually(within: 20) { await areLinked(straps, rounds: round) }
            #expect(areBack, "round \(round)")
        }
        #expect(
            await eventually { openFiles(of: daemon) <= before },
            "\(openFiles(of: daemon)), then \(before)"
        )
        #expect(daemon.stop() == 0)
        #expect(await eventually { await areFree(straps) })
        await bluez.vanish()
    }

    @Reactor private func makeStraps(_ count: Int) -> [ScriptedPeripheral] {
        (1...count).map { number in
            let strap = ScriptedPeripheral.strap(number, rssi: [address: -60])
            strap.rate = 4
            strap.advertisingInterval = 50_000
            return strap
        }
    }

    @Reactor private func makeBlueZ(_ bus: String, _ straps: [ScriptedPeripheral]) -> ScriptedBlueZ {
        let bluez = ScriptedBlueZ(bus, scale: 50)
        bluez.addAdapter("hci0", address: address)
        for strap in straps { bluez.add(strap) }
        return bluez
    }

    /// Whether each strap has a link, and has had so many.
    @Reactor private func areLinked(_ straps: [ScriptedPeripheral], rounds: Int) -> Bool {
        straps.allSatisfy { $0.linkedBy != nil && $0.linkCount >= rounds && $0.sentCount > 0 }
    }

    @Reactor private func areFree(_ straps: [ScriptedPeripheral]) -> Bool {
        straps.allSatisfy { $0.linkedBy == nil }
    }

    /// Who has rows with a heart rate.
    private func athletes(in lines: [String]) -> Set<String> {
        var athletes: Set<String> = []
        for line in lines {
            let message = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            for athlete in message?["athletes"] as? [[String: Any]] ?? [] {
                let rows = athlete["rows"] as? [[String: Any]] ?? []
                let isHeard = rows.contains { $0["heart_rate"] as? Int == 60 }
                if isHeard, let id = athlete["athlete_id"] as? String { athletes.insert(id) }
            }
        }
        return athletes
    }

    private func openFiles(of daemon: Touchlined) -> Int {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.identifier)/fd")
        return names?.count ?? -1
    }
}
