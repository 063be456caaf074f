import Physiology
import Testing
import Wire

@Suite struct SignalCleanerTests {
    static let signals: [(limits: SignalLimits, level: Double)] = [
        (.heartRate, 140), (.runningPower, 300), (.runningSpeed, 3.5),
    ]

    /// A cleaner that has seen a minute of `level`.
    private func settled(_ limits: SignalLimits, _ level: Double) -> SignalCleaner {
        var cleaner = SignalCleaner(limits)
        for second in 0..<60 { cleaner.add(level, sampledAt: Nanoseconds(second) * .second) }
        return cleaner
    }

    private func at(_ second: Int) -> Nanoseconds { Nanoseconds(second) * .second }

    @Test("A spike of four samples leaves no trace", arguments: signals)
    func spike(limits: SignalLimits, level: Double) {
        var cleaner = settled(limits, level)
        for second in 60..<64 {
            #expect(cleaner.add(level * 1.6, sampledAt: at(second)) == .suspect)
            #expect(abs((cleaner.value(at: at(second)) ?? 0) - level) < 1e-6 * level)
        }
        #expect(cleaner.add(level, sampledAt: at(64)) == .accepted)
        #expect(abs((cleaner.value(at: at(64)) ?? 0) - level) < 1e-6 * level)
    }

    @Test("A real step is followed at the fifth sample", arguments: signals)
    func step(limits: SignalLimits, level: Double) {
        var cleaner = settled(limits, level)
        let verdicts = (60..<66).map { cleaner.add(level * 1.4, sampledAt: at($0)) }
        #expect(verdicts == [.suspect, .suspect, .suspect, .suspect, .accepted, .accepted])
        #expect(abs((cleaner.value(at: at(65)) ?? 0) - level * 1.4) < 1e-6 * level)
    }

    @Test("Whatever came before, ten equal samples are believed", arguments: signals)
    func neverLocksOut(limits: SignalLimits, level: Double) {
        for seed in 1...50 {
            var random = SplitMix64(seed: UInt64(seed))
            var cleaner = SignalCleaner(limits)
            for second in 0..<100 {
                cleaner.add(.random(in: limits.bounds, using: &random), sampledAt: at(second))
            }
            for second in 100..<110 { cleaner.add(level, sampledAt: at(second)) }
            let value = cleaner.value(at: at(109)) ?? -1
            #expect(limits.bounds.contains(value))
            #expect(abs(value - level) < limits.gate, "\(value)")
        }
    }

    @Test("A gap stays a gap: the value holds for 10 s, then there is none", arguments: signals)
    func gap(limits: SignalLimits, level: Double) {
        var cleaner = SignalCleaner(limits)
        #expect(cleaner.value(at: 0) == nil)
        cleaner.add(level, sampledAt: 0)
        #expect(cleaner.value(at: at(10)) == level)
        #expect(cleaner.value(at: at(10) + 1) == nil)
        cleaner.add(level, sampledAt: at(40))
        #expect(cleaner.value(at: at(41)) != nil)
    }

    @Test("Duplicates, late samples and impossible ones change nothing")
    func refused() {
        var cleaner = settled(.heartRate, 140)
        #expect(cleaner.add(150, sampledAt: at(59)) == .old)
        #expect(cleaner.add(150, sampledAt: at(30)) == .old)
        for value in [24.9, 250.1, -1, .nan, .infinity] {
            #expect(cleaner.add(value, sampledAt: at(60)) == .outOfBounds)
        }
        #expect(abs((cleaner.value(at: at(60)) ?? 0) - 140) < 1e-6)
    }
}
