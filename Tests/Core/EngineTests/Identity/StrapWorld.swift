import Engine
import Simulation
import Wire

/// Straps on hearts, each of which tells its beats over ANT+ and over a link, at the level of beats: a
/// ``Pairing`` hears them, late, in batches, with losses on either side.
///
/// Every fourth heart has a double: another heart of the same build under the same load, so that both have
/// one mean rate. A third of the sessions are hard: hearts near their limit, which hardly vary.
struct StrapWorld {
    struct Outcome {
        var wrong = 0, apart = 0
        /// Straps that were not recognised, and those among them that round each interval by itself.
        var missed = 0, missedRounding = 0
        /// Seconds until a strap was recognised.
        var delays: [Double] = []
    }

    private struct Strap {
        var heart: LoneHeart
        /// When the newest beats were, oldest first.
        var beats: [Instant] = []
        var next: (page: Instant, value: Instant)
        let valuePeriod, lag: Nanoseconds
        /// Whether it rounds each interval to a millisecond for the link, by itself.
        let isMetric: Bool
        /// Beats that each side has looked at.
        var seen = (ant: 0, ble: 0)
        var isBad = (ant: false, ble: false)
    }

    private var straps: [Strap] = []
    private var random: SplitMix64
    private var pairing = Pairing()
    private var outcome = Outcome()
    private let start = Instant(nanoseconds: 1_000 * .second)
    private let loss: Double

    init(seed: UInt64, athletes: Int) {
        random = SplitMix64(seed: seed)
        let isHard = seed % 3 == 0
        loss = [0, 0.02, 0.05][Int(random.next() % 3)]
        var build: UInt64 = 0
        var load = 0.0
        for index in 0..<athletes {
            if index % 4 != 1 {
                (build, load) = (random.next(), unit() * (isHard ? 0.3 : 1) + (isHard ? 0.7 : 0))
            }
            let heart = LoneHeart(build: build, seed: random.next(), load: load, start: start)
            straps.append(
                Strap(
                    heart: heart,
                    next: (start + nanoseconds(0.25), start + nanoseconds(1)),
                    valuePeriod: Nanoseconds([1, 1, 2, 3][Int(random.next() % 4)]) * .second,
                    lag: nanoseconds(2),
                    isMetric: random.next() % 4 == 0
                )
            )
        }
    }

    /// Plays so many seconds.
    mutating func play(seconds: Int64) -> Outcome {
        let count = straps.count
        for tick in 0..<4 * seconds {
            let now = start + tick * .second / 4
            for index in 0..<count {
                while straps[index].heart.nextBeat <= now {
                    straps[index].beats.append(straps[index].heart.beat())
                }
                if straps[index].next.page <= now { page(of: index, at: now) }
                if straps[index].next.value <= now { value(of: index, at: now) }
            }
        }
        for index in 0..<count where pairing.partner(of: index) == nil {
            outcome.missed += 1
            outcome.missedRounding += straps[index].isMetric ? 1 : 0
        }
        return outcome
    }

    private mutating func page(of index: Int, at now: Instant) {
        straps[index].next.page = straps[index].next.page + .second / 4
        straps[index].isBad.ant = turns(straps[index].isBad.ant)
        guard !straps[index].isBad.ant else { return }
        let beats = straps[index].beats
        let news = beats.count - straps[index].seen.ant
        guard news > 0 else { return }
        straps[index].seen.ant = beats.count
        pairing.hear(index, over: .ant, at: now)
        // Every second page tells the time of the beat before, too.
        let known = min(news, random.next() % 2 == 0 ? 2 : 1, beats.count - 1)
        if news > known || known == 1 && news > 1 { pairing.takeGap(from: index) }
        if news > 1, known == 1 { return }
        for number in (beats.count - known)..<beats.count where number > 0 {
            let ticks = UInt16(Self.ticks(beats[number]) - Self.ticks(beats[number - 1]))
            pairing.take(ticks, from: index, over: .ant, at: now)
        }
    }

    private mutating func value(of index: Int, at now: Instant) {
        straps[index].next.value = straps[index].next.value + straps[index].valuePeriod
        let beats = straps[index].beats
        let end = beats.lastIndex { $0 <= now - straps[index].lag }.map { $0 + 1 } ?? 0
        let range = straps[index].seen.ble..<max(end, straps[index].seen.ble)
        straps[index].seen.ble = range.upperBound
        // What a link loses, nobody notices.
        straps[index].isBad.ble = turns(straps[index].isBad.ble)
        guard !straps[index].isBad.ble else { return }
        let sensor = straps.count + index
        for number in range where number > 0 {
            pairing.take(interval(straps[index], number), from: sensor, over: .ble, at: now)
        }
        guard case .likely(let ant, let ble, let bits)? = settle(sensor), bits >= StrapHint.none.bitsNeeded
        else { return }
        pairing.pair(ant, ble)
        if ble != ant + straps.count { outcome.wrong += 1 }
        outcome.delays.append(Double(now - start) / 1e9)
    }

    private mutating func settle(_ sensor: Int) -> Pairing.Finding? {
        let finding = pairing.settle(sensor)
        if case .apart? = finding { outcome.apart += 1 }
        return finding
    }

    private func interval(_ strap: Strap, _ number: Int) -> UInt16 {
        let (beat, before) = (strap.beats[number], strap.beats[number - 1])
        guard strap.isMetric else { return UInt16(Self.ticks(beat) - Self.ticks(before)) }
        let milliseconds = (beat - before + .millisecond / 2) / .millisecond
        return UInt16((milliseconds * 1024 + 500) / 1000)
    }

    private static func ticks(_ time: Instant) -> Int64 { (time.nanoseconds << 10) / .second }

    /// Losses come in bursts of five messages.
    private mutating func turns(_ isBad: Bool) -> Bool {
        unit() < (isBad ? 0.2 : 0.2 * loss / (1 - loss)) ? !isBad : isBad
    }

    private mutating func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }
    private mutating func nanoseconds(_ seconds: Double) -> Nanoseconds {
        Nanoseconds(unit() * seconds * 1e9)
    }
}
