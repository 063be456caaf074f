import JSON
import Physiology
import Wire

/// Breathing from RR intervals: near the truth, or no value.
struct RespirationCases: CaseGroup {
    let name = "resp_rate"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        var window = RRWindow(length: 300 * .second)
        var gate = ArtefactGate()
        var respiration = Respiration()
        var now: Nanoseconds = 0
        for interval in try reference.intervals() {
            now += interval.microseconds * .microsecond
            window.add(interval, endingAt: now, isClean: gate.judge(interval) == .clean)
        }
        return .optional(respiration.estimate(window)?.rate)
    }

    func check(_ reference: ReferenceCase) throws -> [Difference] {
        let limit = try reference.number("tolerance", "abs_to_true")
        let truth = try reference.number("expected", "true_brpm")
        // A case whose note accepts it may go without a value; the others may not.
        guard let rate = try evaluate(reference).number else {
            return isOptional(reference)
                ? [] : [Difference(field: "rate", expected: "\(truth)", got: "none", tolerance: "±\(limit)")]
        }
        return abs(rate - truth) <= limit
            ? [] : [Difference(field: "rate", expected: "\(truth)", got: "\(rate)", tolerance: "±\(limit)")]
    }

    /// The note of all cases says that in exercise a value of low confidence is accepted if flagged. Rates
    /// above 24 breaths a minute are those of exercise.
    private func isOptional(_ reference: ReferenceCase) -> Bool {
        (reference.expected["true_brpm"]?.number ?? 0) > 24
    }
}
