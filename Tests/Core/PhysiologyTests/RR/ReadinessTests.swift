import Testing

@testable import Physiology

@Suite struct ReadinessTests {
    @Test("Three days of the last seven give a mean, two do not")
    func week() throws {
        var readiness = Readiness()
        #expect(readiness.add(4.0) == Readiness.Day(week: 1))
        #expect(readiness.add(nil) == Readiness.Day(week: 1))
        #expect(readiness.add(4.4).mean == nil)
        let day = readiness.add(4.2)
        #expect(day.week == 3 && day.range == nil && day.flag == nil)
        #expect(try abs(#require(day.mean) - 4.2) < 1e-12)
        #expect(try abs(#require(day.variation) - 100 * 0.2 / 4.2) < 1e-9)
    }

    @Test("The range is that of the 30 days before the week, and a fallen week is low")
    func flag() throws {
        var readiness = Readiness()
        var day = Readiness.Day()
        for index in 0..<21 { day = readiness.add(index.isMultiple(of: 2) ? 4.1 : 3.9) }
        #expect(day.base == 14 && day.flag == .normal)
        let before = day.range
        for _ in 0..<7 { day = readiness.add(3.5) }
        #expect(day.base == 21 && day.flag == .low)
        #expect(before != nil && day.range != nil)
        // The week's own values are not in its range.
        #expect(try #require(day.range).lowerBound > 3.9)
        for _ in 0..<7 { day = readiness.add(4.9) }
        #expect(day.flag == .high)
    }

    @Test("Days without a recording leave, as real days do, and nothing is carried on")
    func gap() {
        var readiness = Readiness()
        for _ in 0..<40 { _ = readiness.add(4.0) }
        var day = Readiness.Day()
        for _ in 0..<5 { day = readiness.add(nil) }
        #expect(day.week == 2 && day.mean == nil && day.flag == nil && day.base == 30)
        for _ in 0..<40 { day = readiness.add(.nan) }
        #expect(day == Readiness.Day())
    }
}
