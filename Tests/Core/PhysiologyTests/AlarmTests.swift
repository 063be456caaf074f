import Physiology
import Testing
import Units
import Wire

@Suite struct AlarmTests {
    @Test("A bound is broken after twenty seconds in a row, and over after ten below it")
    func bound() {
        var alarm = SustainedBound(above: 184)
        func seconds(_ value: Double?, _ count: Int) -> [Int] {
            (1...count).filter { _ in alarm.add(value) != nil }
        }
        #expect(seconds(184, 100).isEmpty)
        #expect(seconds(185, 19).isEmpty)
        #expect(seconds(nil, 1).isEmpty)
        #expect(seconds(185, 100) == [20])
        #expect(seconds(182, 100).isEmpty)
        #expect(seconds(.nan, 100).isEmpty)
        #expect(alarm.isRaised)
        #expect(seconds(180, 100) == [10])
        #expect(!alarm.isRaised)
    }

    @Test("A strap is lost ten seconds after its last rate, once, and only if it was ever heard")
    func lost() {
        var alarm = LostHeartRate()
        var changes = (0..<60).compactMap { _ in alarm.add(nil) }
        #expect(changes.isEmpty)
        let seconds = (1...100).filter { second in alarm.add(second == 1 ? HeartRate(70) : nil) == .raised }
        #expect(seconds == [11])
        changes = [HeartRate(0), HeartRate(71), HeartRate(71)].compactMap { alarm.add($0) }
        #expect(changes == [.cleared])
    }

    /// The seconds in which a lock is raised.
    private func locks(_ rates: [Double?], cadence: Double) -> [Int] {
        var alarm = CadenceLock()
        return rates.indices.filter {
            alarm.add(rates[$0].map { HeartRate($0) }, Cadence(cadence)) == .raised
        }
    }

    @Test("A jump onto the cadence is found in its twentieth second, a slow approach never")
    func lock() {
        let jump = [Double?](repeating: 140, count: 60) + [Double?](repeating: 171, count: 60)
        #expect(locks(jump, cadence: 170) == [79])
        let slow = (0..<400).map { Double?(130 + Double($0) / 10) }
        #expect(locks(slow, cadence: 165).isEmpty)
        let equal = [Double?](repeating: 170, count: 60)
        #expect(locks(equal, cadence: 170).isEmpty)
    }

    @Test("A lost second begins the count of a lock anew")
    func lockGap() {
        let rates = (0..<140).map { second -> Double? in
            second < 60 ? 140 : (second - 60) % 15 == 14 ? nil : 171
        }
        #expect(locks(rates, cadence: 170).isEmpty)
    }

    @Test("A rate that stands still while the power doubles is stuck after 90 s; in steady running it is not")
    func stuck() {
        func raised(_ power: (Int) -> Double?) -> [Int] {
            var alarm = StuckHeartRate()
            return (0..<200).filter { alarm.add(HeartRate(150), effort: power($0)) == .raised }
        }
        #expect(raised { $0 < 50 ? 150 : 300 } == [89])
        #expect(raised { _ in 250 }.isEmpty)
        #expect(raised { _ in nil }.isEmpty)
    }

    @Test("Another rate ends the run of a stuck one")
    func unstuck() {
        var alarm = StuckHeartRate()
        let changes = (0..<400).compactMap { second in
            alarm.add(HeartRate(second < 150 ? 150 : 151), effort: second < 50 ? 150 : 300)
        }
        #expect(changes == [.raised, .cleared])
    }

    @Test("The reserve alarms below 20 %, and not again before it was above 35 %")
    func reserve() {
        var alarm = LowReserve()
        let changes = [50.0, 20, 19, 25, 19, 35, 36, 10].map { alarm.add(Share($0)) }
        #expect(changes == [nil, nil, .raised, nil, nil, nil, .cleared, .raised])
    }

    @Test("Only a hard effort can be followed by a poor recovery")
    func recovery() {
        func isPoor(_ start: Double, _ later: Double) -> Bool {
            let ended = Instant(nanoseconds: 0)
            let drop = HeartRateRecovery.Drop(
                ended: ended,
                start: HeartRate(start),
                later: HeartRate(later)
            )
            return PoorRecovery.isPoor(drop, maximum: HeartRate(200))
        }
        #expect(isPoor(170, 159))
        #expect(!isPoor(170, 158))
        #expect(!isPoor(169, 169))
    }

    @Test("Intervals without order are noticed within 140 beats; breathing and steady beats are not")
    func rhythm() {
        var random = SplitMix64(seed: 5)
        func raised(_ interval: (Int, inout SplitMix64) -> Double) -> [Int] {
            var alarm = IrregularRhythm()
            return (0..<600).filter { beat in
                RRInterval(milliseconds: interval(beat, &random)).map { alarm.add($0) == .raised } ?? false
            }
        }
        let disorder = raised { beat, random in
            beat < 250
                ? 900 + Double.random(in: -30...30, using: &random)
                : Double.random(in: 500...1_200, using: &random)
        }
        #expect(disorder.count == 1)
        #expect(disorder.first.map { 250...390 ~= $0 } == true)
        #expect(raised { beat, _ in beat / 3 % 2 == 0 ? 880 : 960 }.isEmpty)
        #expect(raised { _, _ in 800 }.isEmpty)
        #expect(raised { beat, _ in beat.isMultiple(of: 30) ? 250 : 900 }.isEmpty)
    }

    @Test("One card in three minutes, and it knows how many it stands for")
    func cards() {
        var limit = CardLimit()
        let shown = (0..<400).filter { limit.allows(at: Instant(nanoseconds: Int64($0) * .second)) }
        #expect(shown == [0, 180, 360])
        #expect(limit.heldBack == 39)
    }
}
