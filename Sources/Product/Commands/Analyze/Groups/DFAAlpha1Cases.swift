import JSON
import Physiology
import Wire

/// DFA alpha 1 of the beats whose end lies in a window, no beat left out.
struct DFAAlpha1Cases: CaseGroup {
    let name = "dfa_alpha1"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let (length, end) = try bounds(reference)
        var window = RRWindow(length: length)
        var now: Nanoseconds = 0
        for interval in try reference.intervals() {
            now += interval.microseconds * .microsecond
            guard now <= end else { break }
            window.add(interval, endingAt: now)
        }
        window.advance(to: end)
        var scaling = FractalScaling(capacity: window.beatCount)
        return .members([
            "n_beats": .count(window.beatCount),
            "alpha1": .optional(scaling.alpha1(of: window)),
        ])
    }

    private func bounds(_ reference: ReferenceCase) throws -> (length: Nanoseconds, end: Nanoseconds) {
        let bounds = reference.input["window_s"]?.elements.compactMap(\.number) ?? []
        guard bounds.count == 2, (1...3600).contains(bounds[1] - bounds[0]),
            (0...1e6).contains(bounds[1])
        else { throw CommandFailure("input.window_s is no window") }
        return (Nanoseconds((bounds[1] - bounds[0]) * 1e9), Nanoseconds(bounds[1] * 1e9))
    }
}
