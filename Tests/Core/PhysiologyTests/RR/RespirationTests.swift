import Foundation
import Physiology
import Testing
import Wire

@Suite struct RespirationTests {
    private func window(
        mean: Double,
        breaths: Double,
        depth: Double,
        seconds: Double,
        artefactEvery period: Int = .max
    ) -> RRWindow {
        var window = RRWindow(length: 300 * .second)
        var (time, index) = (0.0, 0)
        while time < seconds {
            let interval = mean + depth * sin(2 * .pi * breaths / 60 * time)
            time += interval / 1000
            index += 1
            window.add(.ms(interval), endingAt: Nanoseconds(time * 1e9), isClean: index % period != 0)
        }
        return window
    }

    @Test("Breathing at rest is found within half a breath a minute", arguments: [7.0, 12, 13.2, 18, 24])
    func rest(breaths: Double) throws {
        var respiration = Respiration()
        let found = respiration.estimate(window(mean: 950, breaths: breaths, depth: 40, seconds: 120))
        let estimate = try #require(found)
        #expect(abs(estimate.rate - breaths) < 0.5, "\(estimate)")
        #expect(estimate.confidence > 0.4 && estimate.confidence <= 1)
    }

    @Test("In exercise, in a short window and among artefacts there is no value")
    func none() {
        var respiration = Respiration()
        #expect(respiration.estimate(window(mean: 440, breaths: 20, depth: 10, seconds: 120)) == nil)
        #expect(respiration.estimate(window(mean: 900, breaths: 15, depth: 40, seconds: 25)) == nil)
        #expect(
            respiration.estimate(
                window(mean: 900, breaths: 15, depth: 40, seconds: 120, artefactEvery: 15)
            ) == nil
        )
        #expect(respiration.estimate(RRWindow()) == nil)
    }

    @Test("A heart that follows no breath gives no value")
    func noise() {
        var random = SplitMix64(seed: 11)
        var respiration = Respiration()
        for _ in 0..<10 {
            var window = RRWindow(length: 300 * .second)
            for beat in 0..<250 {
                let interval = RRInterval.ms(.random(in: 900...960, using: &random))
                window.add(interval, endingAt: Nanoseconds(beat) * 930 * .millisecond)
            }
            #expect(respiration.estimate(window) == nil)
        }
    }
}
