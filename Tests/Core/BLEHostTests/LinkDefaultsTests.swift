import BLEHost
import Testing

@Suite struct LinkDefaultsTests {
    @Test("What a distribution ships hurts, and the advice names the lines to set")
    func shipped() throws {
        let text =
            "[General]\n#Name = BlueZ\n\n[LE]\n# LE default connection parameters.\n#MinConnectionInterval=\n"
        let advice = try #require(LinkDefaults(mainConf: Array(text.utf8)).advice)
        #expect(advice.contains("420 ms"))
        #expect(advice.contains("MinConnectionInterval=6, MaxConnectionInterval=3200"))
        #expect(advice.contains("ConnectionSupervisionTimeout=1000"))
    }

    @Test("The advice, followed, ends the advice")
    func followed() {
        let text =
            "[LE]\r\nMinConnectionInterval = 6\r\nMaxConnectionInterval=3200\r\nConnectionLatency=0\r\n"
        let defaults = LinkDefaults(mainConf: Array((text + "ConnectionSupervisionTimeout=1000").utf8))
        #expect(defaults.supervisionTimeout == 1_000)
        #expect(defaults.advice == nil)
    }

    @Test("The same words in another section, or as a comment, count for nothing")
    func otherSection() {
        let text = "[BR]\nConnectionSupervisionTimeout=1000\n[LE]\n#ConnectionSupervisionTimeout=1000\n"
        #expect(LinkDefaults(mainConf: Array(text.utf8)).supervisionTimeout == nil)
    }

    @Test("A timeout that is too short and intervals that contradict each other are both told")
    func contradiction() throws {
        let text =
            "[LE]\nMinConnectionInterval=400\nMaxConnectionInterval=320\nConnectionSupervisionTimeout=99\n"
        let advice = try #require(LinkDefaults(mainConf: Array(text.utf8)).advice)
        #expect(advice.contains("990 ms"))
        #expect(advice.contains("contradict"))
    }
}
