import Physiology
import Testing

@Suite struct ArtefactGateTests {
    @Test(
        "With 13 faults injected, RMSSD is off by at most 4 % in the mean of 20 seeds",
        arguments: SyntheticRhythm.Effort.allCases
    )
    func injection(effort: SyntheticRhythm.Effort) throws {
        var (gated, raw) = (0.0, 0.0)
        for seed in 1...20 {
            let rhythm = SyntheticRhythm(effort, seed: UInt64(seed))
            let truth = try #require(SyntheticRhythm.rmssd(rhythm.clean))
            gated += try abs(#require(SyntheticRhythm.gated(rhythm.faulty)) / truth - 1)
            raw += try abs(#require(SyntheticRhythm.rmssd(rhythm.faulty)) / truth - 1)
        }
        #expect(gated / 20 <= 0.04, "\(100 * gated / 20) %")
        #expect(raw / 20 > 0.5, "The faults are too small to prove anything: \(100 * raw / 20) %.")
    }

    @Test("A clean rhythm keeps its RMSSD within 3 %", arguments: SyntheticRhythm.Effort.allCases)
    func clean(effort: SyntheticRhythm.Effort) throws {
        for seed in 1...20 {
            let rhythm = SyntheticRhythm(effort, seed: UInt64(seed))
            let truth = try #require(SyntheticRhythm.rmssd(rhythm.clean))
            #expect(try abs(#require(SyntheticRhythm.gated(rhythm.clean)) / truth - 1) <= 0.03)
        }
    }

    @Test("After a real jump of the rate, the seventh beat is clean again")
    func reacquires() {
        var gate = ArtefactGate()
        for step in 0..<40 { #expect(gate.judge(.ms(900 + Double(step % 5))) == .clean) }
        let verdicts = (0..<30).map { gate.judge(.ms(400 + Double($0 % 3))) }
        #expect(verdicts[0] == .irregular)
        #expect(verdicts.dropFirst(6).allSatisfy { $0 == .clean })
    }

    @Test("The range counts from the first beat on")
    func range() {
        var gate = ArtefactGate()
        #expect(gate.judge(.ms(299)) == .outOfRange)
        #expect(gate.judge(.ms(2001)) == .outOfRange)
        #expect(gate.judge(.ms(300)) == .clean)
        #expect(gate.judge(.ms(2000)) == .clean)
    }
}

extension RRInterval {
    static func ms(_ milliseconds: Double) -> RRInterval { RRInterval(milliseconds: milliseconds)! }
}
