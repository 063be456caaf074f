import Physiology
import Testing
import Units
import Wire

/// Rates of a rest of 50 and a maximum of 190.
private let range = HeartRateRange(rest: HeartRate(50), maximum: HeartRate(190))!

@Suite struct LoadTests {
    @Test("Thirty minutes at 150 are 54.05 for a man and 60.75 for a woman, as by hand")
    func banister() {
        var man = BanisterImpulse(range, weights: .men)
        var woman = BanisterImpulse(range, weights: .women)
        for _ in 0..<30 {
            man.add(HeartRate(150), lasting: .minute)
            woman.add(HeartRate(150), lasting: .minute)
        }
        #expect(abs(man.total - 54.04768) < 1e-5)
        #expect(abs(woman.total - 60.74953) < 1e-5)
    }

    @Test("Rates beyond rest and maximum weigh as much as those, never more and never less than nothing")
    func clipping() {
        #expect(range.fraction(of: HeartRate(40)) == 0)
        #expect(range.fraction(of: HeartRate(210)) == 1)
    }

    @Test("A range that would turn noise into load is refused")
    func refusedRange() {
        #expect(HeartRateRange(rest: HeartRate(60), maximum: HeartRate(79)) == nil)
        #expect(HeartRateRange(rest: HeartRate(190), maximum: HeartRate(60)) == nil)
        #expect(HeartRateRange(rest: HeartRate(0), maximum: HeartRate(190)) == nil)
    }

    @Test("A rate on a bound belongs to the upper zone")
    func bounds() throws {
        let zones = try #require(HeartRateZones(ofMaximum: HeartRateZones.decades, range))
        #expect(zones.index(of: HeartRate(132)) == 2)
        #expect(zones.index(of: HeartRate(133)) == 3)
        #expect(zones.index(of: HeartRate(171)) == 5)
        #expect(zones.index(of: HeartRate(26)) == 0)
        let reserve = try #require(HeartRateZones(ofReserve: HeartRateZones.decades, range))
        #expect(reserve.bounds == [120, 134, 148, 162, 176].map { HeartRate($0) })
        #expect(HeartRateZones(bounds: [HeartRate(120), HeartRate(120)]) == nil)
        #expect(HeartRateZones(bounds: []) == nil)
    }

    @Test("Edwards counts a minute in zone i as i, Lucía one above the second threshold as 3")
    func weights() throws {
        var edwards = try #require(EdwardsImpulse(range))
        var lucia = try #require(LuciaImpulse(first: HeartRate(134), second: HeartRate(169)))
        for rate in [80.0, 100, 120, 140, 160, 180] {
            edwards.add(HeartRate(rate), lasting: .minute)
            lucia.add(HeartRate(rate), lasting: .minute)
        }
        #expect(edwards.total == 15)
        #expect(lucia.total == 10)
        #expect(LuciaImpulse(first: HeartRate(169), second: HeartRate(134)) == nil)
    }

    @Test("Red minutes begin at 90 % of the maximum")
    func red() {
        var red = RedZone(range)
        red.add(HeartRate(170), lasting: .minute)
        #expect(red.duration == 0)
        red.add(HeartRate(171), lasting: .minute)
        #expect(red.duration == .minute)
    }

    @Test("No total ever falls, a gap and an impossible rate add nothing, and the coverage tells them")
    func gaps() throws {
        var random = SplitMix64(seed: 7)
        var banister = BanisterImpulse(range, weights: .women)
        var edwards = try #require(EdwardsImpulse(range))
        var mean = MeanHeartRate()
        var missed: Nanoseconds = 0
        for _ in 0..<2_000 {
            let before = (banister.total, edwards.total, mean.mean)
            let rate = HeartRate(Double.random(in: -20...300, using: &random))
            let isLost = Bool.random(using: &random)
            if isLost {
                banister.miss(.second)
                edwards.miss(.second)
                mean.miss(.second)
            } else {
                banister.add(rate, lasting: .second)
                edwards.add(rate, lasting: .second)
                mean.add(rate, lasting: .second)
            }
            #expect(banister.total >= before.0)
            #expect(edwards.total >= before.1)
            guard isLost || !(25...250 ~= rate.value) else { continue }
            missed += .second
            #expect(banister.total == before.0)
            #expect(edwards.total == before.1)
            #expect(mean.mean == before.2)
        }
        #expect(banister.coverage.missed == missed)
        #expect(edwards.coverage == banister.coverage)
        #expect(mean.coverage == banister.coverage)
        #expect(banister.coverage.measured + missed == 2_000 * .second)
    }

    @Test("A total is shown from 80 % coverage on, and before anything was measured there is no share")
    func coverage() {
        var coverage = Coverage()
        #expect(coverage.share == nil)
        #expect(!coverage.isPublishable)
        coverage.add(8 * .second)
        coverage.miss(2 * .second)
        #expect(coverage.share == Share(80))
        #expect(coverage.isPublishable)
        coverage.miss(1)
        #expect(!coverage.isPublishable)
    }

    @Test("Weights of a lactate test follow its own line; a test that tells nothing is refused")
    func lactate() throws {
        // ln(lactate) = ln 0.5 + 3·x
        let steps = [0.3, 0.6, 0.9].map { (fraction: $0, lactate: 0.5 * exp3($0)) }
        let weights = try #require(ImpulseWeights(steps: steps))
        #expect(abs(weights.factor - 0.5) < 1e-12)
        #expect(abs(weights.exponent - 3) < 1e-12)
        #expect(ImpulseWeights(steps: Array(steps.prefix(2))) == nil)
        #expect(ImpulseWeights(steps: [(0.5, 1), (0.5, 2), (0.5, 3)]) == nil)
        #expect(ImpulseWeights(steps: [(0.3, 1), (0.6, -2), (0.9, 3)]) == nil)
    }

    /// e^(3x) by its series.
    private func exp3(_ x: Double) -> Double {
        var (term, sum) = (1.0, 1.0)
        for n in 1..<60 {
            term *= 3 * x / Double(n)
            sum += term
        }
        return sum
    }
}

@Suite struct HeartRateRecoveryTests {
    /// Rates of one sample a second: 180 until `end`, then down by one beat every two seconds.
    private func drops(end: Int, without lost: Range<Int> = 0..<0) -> [HeartRateRecovery.Drop] {
        var recovery = HeartRateRecovery()
        var drops: [HeartRateRecovery.Drop] = []
        for second in 0..<200 where !lost.contains(second) {
            let rate = second <= end ? 180 : 180 - Double(second - end) / 2
            let time = Instant(nanoseconds: Int64(second) * .second)
            drops += recovery.add(HeartRate(rate), at: time).map { [$0] } ?? []
            if second == end { recovery.endEffort(at: time) }
        }
        return drops
    }

    @Test("An effort is judged once, a minute after its end, from five samples at both ends")
    func drop() throws {
        let drops = drops(end: 100)
        #expect(drops.count == 1)
        let drop = try #require(drops.first)
        #expect(drop.start == HeartRate(180))
        #expect(drop.later == HeartRate(180 - 29))
        #expect(drop.drop == HeartRate(29))
    }

    @Test("Without samples around the sixtieth second there is no judgement")
    func gap() {
        #expect(drops(end: 100, without: 140..<170).isEmpty)
        #expect(drops(end: 3).isEmpty)
    }

    @Test("A single lost sample at the sixtieth second does not cost the judgement")
    func singleLoss() {
        #expect(drops(end: 100, without: 160..<161).count == 1)
    }
}
