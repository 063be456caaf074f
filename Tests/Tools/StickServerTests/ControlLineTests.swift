import Simulation
import Testing

@testable import StickServer

@Suite struct ControlLineTests {
    private func answer(_ line: String, _ bus: inout StickBus) -> String {
        String(decoding: ControlLine.obey(line, &bus).answer, as: UTF8.self)
    }

    @Test("Every fault has a line, and heal takes them all away")
    func faults() {
        var bus = StickBus([StickEmulator(serial: 1, model: .antUSB2, seed: 1)])
        let lines = [
            "garble 1-1 0.1", "cut 1-1 0.2", "noise 1-1 0.3", "split 1-1 0.4", "merge 1-1 0.5",
            "reception 1-1 0.7", "lose 1-1 0.6", "nostart 1-1 0.8", "late 1-1 250", "start 1-1 900",
            "rate 1-1 190", "scanends 1-1 60", "refuse 1-1 6E 4b", "wrongstate 1-1 42", "hang 1-1 usb",
            "mute 1-1 on", "stall 1-1",
        ]
        for line in lines { #expect(answer(line, &bus) == "{\"ok\":true}\n", "\(line)") }
        var expected = StickEmulator.Faults()
        (expected.garble, expected.cut, expected.noise, expected.split) = (0.1, 0.2, 0.3, 0.4)
        (expected.merge, expected.reception, expected.losesCommand) = (0.5, 0.7, 0.6)
        (expected.losesStartUp, expected.rateLimit, expected.scanEnds) = (0.8, 190, 60_000_000_000)
        expected.answerDelay = 250_000_000...250_000_000
        expected.startDelay = 900_000_000...900_000_000
        (expected.refused, expected.wrongState) = ([0x6E, 0x4B], [0x42])
        (expected.hang, expected.isMute, expected.isStalled) = (.usbReset, true, true)
        #expect(bus.sticks[0].emulator.faults == expected)
        #expect(answer("heal 1-1", &bus) == "{\"ok\":true}\n")
        #expect(bus.sticks[0].emulator.faults == StickEmulator.Faults())
    }

    @Test(
        "A line that does not fit is refused and changes nothing",
        arguments: [
            "", "fly 1-1", "garble 1-1 2", "garble 1-1", "mute 1-1", "stall 1-9", "refuse 1-1 xy",
            "late 1-1 0",
        ]
    )
    func misfits(line: String) {
        var bus = StickBus([StickEmulator(serial: 1, model: .antUSB2, seed: 1)])
        #expect(answer(line, &bus).hasPrefix("{\"ok\":false,\"error\":"))
        #expect(bus.sticks[0].emulator.faults == StickEmulator.Faults())
    }

    @Test("A stick that was pulled comes back under another number, and its host is named")
    func hotplug() {
        var bus = StickBus([StickEmulator(serial: 7, model: .antUSB2, seed: 1)])
        #expect(answer("plug 1-1", &bus).hasPrefix("{\"ok\":false"))
        #expect(ControlLine.obey("unplug 1-1", &bus).unplugged == 0)
        #expect(answer("stats", &bus).contains("\"serial\":\"7\",\"number\":2,\"plugged\":false"))
        #expect(answer("plug 1-1", &bus) == "{\"ok\":true}\n")
        #expect(answer("stats", &bus).contains("\"serial\":\"7\",\"number\":3,\"plugged\":true"))
    }
}
