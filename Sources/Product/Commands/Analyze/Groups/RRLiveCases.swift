import JSON
import Physiology
import Wire

/// A window of 60 s, read every 10 s, once it is full and has enough beats.
struct RRLiveCases: CaseGroup {
    let name = "rr_live"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        var window = RRWindow()
        var now: Nanoseconds = 0
        var next = 60 * Nanoseconds.second
        var rows: [JSONValue] = []
        for interval in try reference.intervals() {
            now += interval.microseconds * .microsecond
            while next < now {
                window.advance(to: next)
                if let row = row(window, at: next) { rows.append(row) }
                next += 10 * .second
            }
            window.add(interval, endingAt: now)
        }
        window.advance(to: next)
        if next == now, let row = row(window, at: next) { rows.append(row) }
        return .list(rows)
    }

    private func row(_ window: RRWindow, at time: Nanoseconds) -> JSONValue? {
        guard window.beatCount >= RRWindow.fewestBeats else { return nil }
        return .members([
            "t_s": .real(Double(time) / 1e9),
            "n": .count(window.beatCount),
            "artefact_pct": .optional(window.artefactShare),
            "hr_bpm": .optional(window.statistics.heartRate),
            "rmssd_ms": .optional(window.statistics.rmssd),
            "sdnn_ms": .optional(window.statistics.sdnn),
        ])
    }
}
