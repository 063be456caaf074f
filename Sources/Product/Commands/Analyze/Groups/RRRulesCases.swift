import JSON
import Physiology

/// The range of 300...2000 ms, then each of four rules for ectopic beats.
struct RRRulesCases: CaseGroup {
    let name = "rr_rules"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let intervals = try reference.intervals().map { interval -> RRInterval? in
            (300...2000).contains(interval.milliseconds) ? interval : nil
        }
        var malik = SuccessiveFilter(.malik)
        var kamath = SuccessiveFilter(.kamath)
        var acar = TrailingMeanFilter()
        let byMalik = intervals.map { malik.filter($0) }
        return .members([
            "malik": .members([
                "nan_count": discarded(byMalik),
                "rmssd_after_linear_ms": .optional(Self.filled(byMalik).rmssd),
            ]),
            "kamath": .members(["nan_count": discarded(intervals.map { kamath.filter($0) })]),
            "karlsson": .members(["nan_count": discarded(karlsson(intervals))]),
            "acar": .members(["nan_count": discarded(intervals.map { acar.filter($0) })]),
        ])
    }

    private func discarded(_ intervals: [RRInterval?]) -> JSONValue {
        .count(intervals.count { $0 == nil })
    }

    private func karlsson(_ intervals: [RRInterval?]) -> [RRInterval?] {
        var filter = NeighbourFilter()
        let answers = intervals.map { filter.filter($0) } + [filter.finish()]
        return answers.compactMap { answer -> RRInterval?? in
            switch answer {
            case .nothing: nil
            case .keep(let interval): .some(interval)
            case .discard: .some(nil)
            }
        }
    }

    /// Statistics after filling what was discarded with a line, as the tools that this is compared with do.
    /// The product never does: a filled beat is an invented one.
    private static func filled(_ intervals: [RRInterval?]) -> RRStatistics {
        var statistics = RRStatistics()
        var before: (index: Int, interval: RRInterval)?
        func add(_ interval: RRInterval, _ index: Int) {
            statistics.add(interval)
            if let before { statistics.addPair(before.interval, interval) }
            before = (index, interval)
        }
        for (index, interval) in intervals.enumerated() {
            guard let interval else { continue }
            if let (start, first) = before {
                for missing in (start + 1)..<max(index, start + 1) {
                    let share = Double(missing - start) / Double(index - start)
                    let value = first.milliseconds + share * (interval.milliseconds - first.milliseconds)
                    if let step = RRInterval(milliseconds: value) { add(step, missing) }
                }
            }
            add(interval, index)
        }
        return statistics
    }
}
