import Foundation
import Physiology
import Testing
import Wire

@Suite struct FractalScalingTests {
    private func window(_ intervals: [Double], artefactEvery period: Int = .max) -> RRWindow {
        var window = RRWindow(length: 300 * .second)
        var now: Nanoseconds = 0
        for (index, interval) in intervals.enumerated() {
            now += Nanoseconds(interval * 1e6)
            window.add(.ms(interval), endingAt: now, isClean: index % period != period - 1)
        }
        return window
    }

    private func noise(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            (0..<12).reduce(0) { sum, _ in sum + .random(in: -3...3, using: &random) }
        }
    }

    @Test("Uncorrelated intervals scale with 0.5, their sums with 1.5, up to the bias of short boxes")
    func known() throws {
        var scaling = FractalScaling()
        var (white, brown) = (0.0, 0.0)
        for seed in 1...20 {
            let steps = noise(300, seed: UInt64(seed))
            var sum = 0.0
            let sums = steps.map { step in
                sum += step
                return 450 + 0.3 * sum
            }
            let (flat, steep) = (
                scaling.alpha1(of: window(steps.map { 450 + $0 })), scaling.alpha1(of: window(sums))
            )
            white += try #require(flat) / 20
            brown += try #require(steep) / 20
        }
        #expect(abs(white - 0.57) < 0.05, "\(white)")
        #expect(abs(brown - 1.5) < 0.1, "\(brown)")
    }

    @Test("A window with more than 5 % artefacts has no value, one with fewer has")
    func dirty() {
        var scaling = FractalScaling()
        let intervals = noise(200, seed: 3).map { 500 + $0 }
        #expect(scaling.alpha1(of: window(intervals, artefactEvery: 15)) == nil)
        #expect(scaling.alpha1(of: window(intervals, artefactEvery: 25)) != nil)
    }

    @Test("Too few beats, too many and constant ones have no value")
    func none() {
        var scaling = FractalScaling(capacity: 100)
        #expect(scaling.alpha1(of: window(noise(63, seed: 1).map { 500 + $0 })) == nil)
        #expect(scaling.alpha1(of: window(noise(64, seed: 1).map { 500 + $0 })) != nil)
        #expect(scaling.alpha1(of: window(noise(101, seed: 1).map { 500 + $0 })) == nil)
        #expect(scaling.alpha1(of: window(Array(repeating: 500, count: 90))) == nil)
        #expect(scaling.alpha1(of: RRWindow()) == nil)
    }
}
