import Testing
import Wire

@testable import Physiology

@Suite struct SortedWindowTests {
    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    @Test("Median and deviation equal those of a sorted copy, ties included", arguments: 1...12)
    func definition(capacity: Int) {
        var random = SplitMix64(seed: UInt64(capacity))
        var window = SortedWindow(capacity: capacity)
        #expect(window.median == nil && window.medianDeviation == nil)
        var values: [Double] = []
        for _ in 0..<500 {
            let value = Double(Int.random(in: 0...20, using: &random))
            window.add(value)
            values = (values + [value]).suffix(capacity)
            let expected = median(values)
            #expect(window.median == expected)
            #expect(window.medianDeviation == median(values.map { abs($0 - expected) }))
            #expect(window.count == values.count)
        }
    }
}
