import Engine
import Foundation
import Simulation
import Testing
import Wire

/// Straps that are recognised by their beats.
///
/// `STRAP_SESSIONS=10000` plays so many sessions of two minutes.
@Suite struct PairingTests {
    static let sessions =
        ProcessInfo.processInfo.environment["STRAP_SESSIONS"].flatMap { UInt64($0) } ?? 100
    static let shares: UInt64 = 8

    @Test(
        "Forty straps on two radios each find their other half, and never that of another",
        arguments: 0..<shares
    )
    func sessions(share: UInt64) {
        var (wrong, apart, missed, missedRounding) = (0, 0, 0, 0)
        var delays: [Double] = []
        for seed in stride(from: share, to: Self.sessions, by: UInt64.Stride(Self.shares)) {
            var world = StrapWorld(seed: seed, athletes: 40)
            let outcome = world.play(seconds: 120)
            wrong += outcome.wrong
            apart += outcome.apart
            missedRounding += outcome.missedRounding
            missed += outcome.missed
            delays += outcome.delays
            #expect(outcome.wrong == 0, "seed \(seed)")
            #expect(outcome.apart == 0, "seed \(seed)")
        }
        delays.sort()
        let straps = delays.count + missed
        // Who rounds each interval by itself near the limit of a heart takes longer than two minutes.
        #expect((missed - missedRounding) * 20 <= straps)
        #expect(missed * 5 <= straps)
        #expect(delays[delays.count / 2] < 25)
        print(
            "share \(share): \(straps) straps, \(wrong) wrong, \(apart) apart, \(missed) missed "
                + "(\(missedRounding) round each interval); recognised after "
                + "\(delays[delays.count / 2]) s (median), \(delays[delays.count * 99 / 100]) s (99 %)"
        )
    }

    @Test("Two hearts that were taken for one come apart, though they run side by side")
    func apart() {
        let start = Instant(nanoseconds: 1_000 * .second)
        var hearts = [1, 2].map { LoneHeart(build: 7, seed: $0, load: 0.5, start: start) }
        var pairing = Pairing()
        pairing.hear(0, over: .ant, at: start)
        pairing.hear(1, over: .ble, at: start)
        pairing.pair(0, 1)
        var newest = [start, start]
        while newest[1] < start + 3 * .minute {
            let index = hearts[0].nextBeat < hearts[1].nextBeat ? 0 : 1
            let beat = hearts[index].beat()
            let interval = UInt16((beat - newest[index]) * 1024 / .second)
            newest[index] = beat
            pairing.take(interval, from: index, over: index == 0 ? .ant : .ble, at: beat)
            guard index == 1, let finding = pairing.settle(1) else { continue }
            #expect(finding == .apart(ant: 0, ble: 1))
            #expect(pairing.partner(of: 0) == nil && pairing.partner(of: 1) == nil)
            return
        }
        Issue.record("They stayed together.")
    }
}
