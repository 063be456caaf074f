import Physiology
import Testing

@Suite struct EctopicFilterTests {
    private func intervals(_ milliseconds: [Double?]) -> [RRInterval?] {
        milliseconds.map { $0.map(RRInterval.ms) }
    }

    @Test("Malik allows 20 %, Kamath 32.5 % up and 24.5 % down")
    func bounds() {
        func passes(_ rule: SuccessiveRule, _ next: Double) -> Bool {
            var filter = SuccessiveFilter(rule)
            _ = filter.filter(.ms(1000))
            return filter.filter(.ms(next)) != nil
        }
        #expect(passes(.malik, 1200) && !passes(.malik, 1201) && passes(.malik, 800) && !passes(.malik, 799))
        #expect(passes(.kamath, 1325) && !passes(.kamath, 1326))
        #expect(passes(.kamath, 755) && !passes(.kamath, 754))
        #expect(passes(.share(0.05), 1050) && !passes(.share(0.05), 1051))
    }

    @Test("After a discarded interval the next passes unchecked, unless the filter is strict")
    func unchecked() {
        let series = intervals([1000, 1500, 1000, 1000])
        var lenient = SuccessiveFilter(.malik)
        #expect(series.map { lenient.filter($0) } == intervals([1000, nil, 1000, 1000]))
        var strict = SuccessiveFilter(.malik, isStrict: true)
        #expect(series.map { strict.filter($0) } == intervals([1000, nil, nil, 1000]))
    }

    @Test("The rule of both neighbours answers one beat late and keeps the ends")
    func neighbours() {
        var filter = NeighbourFilter()
        #expect(filter.finish() == .nothing)
        let answers = intervals([1000, 1300, 1000, 1010]).map { filter.filter($0) } + [filter.finish()]
        #expect(answers[0] == .nothing)
        #expect(answers[1] == .keep(.ms(1000)))
        #expect(answers[2] == .discard)
        #expect(answers[3] == .keep(.ms(1000)))
        #expect(answers[4] == .keep(.ms(1010)))
    }

    @Test("The rule of the last nine begins at the tenth, and discards all once nothing is left")
    func nine() {
        var filter = TrailingMeanFilter()
        for _ in 0..<9 { #expect(filter.filter(.ms(1000)) != nil) }
        #expect(filter.filter(.ms(1199)) != nil)
        #expect(filter.filter(.ms(800)) == nil)
        for _ in 0..<9 { #expect(filter.filter(nil) == nil) }
        #expect(filter.filter(.ms(1000)) == nil)
    }
}
