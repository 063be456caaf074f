import CaptureFile
import Engine
import Foundation
import Messages
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite struct HealthTests {
    @Test(
        "The report tells of each radio, and is as the schema says",
        .enabled(if: Judge.isInstalled, "needs python3-jsonschema (make setup)")
    )
    func radios() throws {
        var stick = RadioReport(name: "ant0", state: "recovering")
        stick.serial = "4711"
        stick.counters = [("frames", 7), ("overflows", 0)]
        stick.recoveries = [("reset", 2), ("power_cycle", 0)]
        var broken = RadioReport(name: "ant1", state: "unusable")
        broken.reason = "it cannot scan"
        let simulated = RadioReport(name: "hci0", state: "simulated")
        let text = report([stick, broken, simulated])
        #expect(try Judge.faults(of: [("touchline.health-1", text)]).isEmpty)

        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let radios = try #require(object["radios"] as? [String: Any])
        #expect(radios["names"] as? [String] == ["ant0", "ant1", "hci0"])
        let sources = try #require(radios["sources"] as? [[String: Any]])
        #expect(sources[0]["serial"] as? String == "4711")
        #expect(sources[0]["frames"] as? Int == 7)
        #expect(sources[0]["recoveries"] as? [String: Int] == ["reset": 2, "power_cycle": 0])
        #expect(sources[1]["reason"] as? String == "it cannot scan")
        #expect(sources[2]["recoveries"] == nil)
    }

    @Test(
        "The schema refuses a radio in a state that nobody knows",
        .enabled(if: Judge.isInstalled, "needs python3-jsonschema (make setup)")
    )
    func unknownState() throws {
        let text = report([RadioReport(name: "ant0", state: "dreaming")])
        #expect(try Judge.faults(of: [("touchline.health-1", text)]).count == 1)
    }

    private func report(_ radios: [RadioReport]) -> String {
        let start = Instant(nanoseconds: 100 * .second)
        let engine = Engine(
            settings: Engine.Settings(gateway: "proof", boot: BootID(high: 1, low: 2)),
            start: start
        )
        var meter = HealthMeter()
        let bytes = meter.report(
            of: engine,
            store: StoreState(),
            waiting: 0,
            radios: radios,
            sources: radios.reduce(into: SourceTable()) { $0.add(SourceTable.Source(name: $1.name)) },
            skippedLive: 0,
            gateway: "proof",
            at: start
        )
        return String(decoding: bytes, as: UTF8.self)
    }
}
