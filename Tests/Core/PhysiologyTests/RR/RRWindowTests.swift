import Physiology
import Testing
import Wire

@Suite struct RRWindowTests {
    private struct Beat {
        var interval: RRInterval
        var end: Nanoseconds
        var isClean: Bool
        var followsGap: Bool
    }

    /// What the definition says, computed from scratch.
    private func statistics(_ beats: [Beat], from start: Nanoseconds) -> RRStatistics {
        var statistics = RRStatistics()
        for (index, beat) in beats.enumerated() where beat.end > start && beat.isClean {
            statistics.add(beat.interval)
            guard index > 0, beats[index - 1].end > start, beats[index - 1].isClean, !beat.followsGap
            else { continue }
            statistics.addPair(beats[index - 1].interval, beat.interval)
        }
        return statistics
    }

    @Test(
        "The running window equals the definition at every beat, with artefacts and gaps",
        arguments: 1...20
    )
    func definition(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var window = RRWindow(length: 30 * .second)
        var beats: [Beat] = []
        var now: Nanoseconds = 0
        for _ in 0..<600 {
            let interval = RRInterval.ms(Double(Int.random(in: 260...1400, using: &random)))
            let followsGap = Int.random(in: 0..<20, using: &random) == 0
            if followsGap {
                now += Int64.random(in: 1...50, using: &random) * .second
                window.markGap()
            }
            now += interval.microseconds * .microsecond
            let isClean = Int.random(in: 0..<10, using: &random) != 0
            #expect(window.add(interval, endingAt: now, isClean: isClean) == true)
            beats.append(Beat(interval: interval, end: now, isClean: isClean, followsGap: followsGap))
            let expected = statistics(beats, from: now - 30 * .second)
            #expect(window.statistics == expected)
            #expect(window.beatCount == beats.count { $0.end > now - 30 * .second })
        }
    }

    @Test("No pair reaches over a gap or over an artefact")
    func pairs() {
        var window = RRWindow()
        window.add(.ms(800), endingAt: 1 * .second)
        window.add(.ms(820), endingAt: 2 * .second)
        #expect(window.statistics.pairs == 1)
        window.markGap()
        window.add(.ms(500), endingAt: 8 * .second)
        #expect(window.statistics.pairs == 1 && window.statistics.beats == 3)
        window.add(.ms(1300), endingAt: 9 * .second, isClean: false)
        window.add(.ms(510), endingAt: 10 * .second)
        #expect(window.statistics.pairs == 1 && window.statistics.beats == 4)
        #expect(window.artefactShare == 20)
    }

    @Test("A beat from the past is refused and changes nothing")
    func order() {
        var window = RRWindow()
        window.add(.ms(800), endingAt: 5 * .second)
        let before = window.statistics
        #expect(window.add(.ms(800), endingAt: 4 * .second) == false)
        #expect(window.statistics == before && window.beatCount == 1)
    }

    @Test("When beats stop coming, the window runs empty: nothing is invented")
    func gap() {
        var window = RRWindow()
        for beat in 1...100 { window.add(.ms(600), endingAt: Nanoseconds(beat) * 600 * .millisecond) }
        #expect(window.beatCount == 100 && window.quality == .good)
        window.advance(to: 90 * .second)
        #expect(window.beatCount == 50)
        window.advance(to: 200 * .second)
        #expect(window.beatCount == 0 && window.statistics == RRStatistics())
        #expect(window.artefactShare == nil && window.quality == .none)
    }

    @Test(
        "The share of artefacts decides what may be shown",
        arguments: [(3, RRQuality.good), (5, .usable), (10, .rateOnly), (11, .none)]
    )
    func quality(artefacts: Int, quality: RRQuality) {
        var window = RRWindow()
        for beat in 0..<100 {
            window.add(.ms(500), endingAt: Nanoseconds(beat) * 500 * .millisecond, isClean: beat >= artefacts)
        }
        #expect(window.quality == quality)
    }

    @Test("More beats than a heart can have push out the oldest, and the sums stay true")
    func flood() {
        var window = RRWindow(length: 1 * .second)
        for beat in 0..<10_000 { window.add(.ms(300), endingAt: Nanoseconds(beat)) }
        #expect(window.beatCount == window.statistics.beats && window.beatCount < 20)
        #expect(window.statistics.pairs == window.beatCount - 1)
    }
}
