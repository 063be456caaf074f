import JSON
import Physiology

/// Time-domain statistics of raw intervals.
struct RRTimeCases: CaseGroup {
    let name = "rr_time"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let intervals = try reference.intervals()
        var statistics = RRStatistics()
        for interval in intervals { statistics.add(interval) }
        for (earlier, later) in zip(intervals, intervals.dropFirst()) { statistics.addPair(earlier, later) }
        return .members([
            "n_beats": .count(statistics.beats),
            "mean_hr_bpm": .optional(statistics.heartRate),
            "sdnn_ms": .optional(statistics.sdnn),
            "rmssd_ms": .optional(statistics.rmssd),
            "ln_rmssd": .optional(statistics.lnRMSSD),
            "pnn50_pct": .optional(statistics.pNN50),
            "sd1_ms": .optional(statistics.sd1),
            "sd2_ms": .optional(statistics.sd2),
        ])
    }
}
