import JSON
import Physiology
import Wire

/// The artefact gate on recordings with known faults. The goal is binding: recall at least 90 %, at most four
/// flags for each fault, RMSSD within 10 % of the truth. Recordings without known faults only have to leave
/// something to compute.
struct RRArtefactCases: CaseGroup {
    let name = "rr_artefact"

    private struct Outcome {
        var times: [Double] = []
        var flags = 0
        var statistics = RRStatistics()
    }

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let outcome = outcome(of: try reference.intervals())
        return .members(["rmssd_ms": .optional(outcome.statistics.rmssd), "flags": .count(outcome.flags)])
    }

    func check(_ reference: ReferenceCase) throws -> [Difference] {
        let outcome = outcome(of: try reference.intervals())
        guard let rmssd = outcome.statistics.rmssd else {
            return [Difference(field: "rmssd_ms", expected: "a value", got: "none", tolerance: "exact")]
        }
        guard let truth = reference.members["truth"], case .text(let file)? = truth["labels_file"] else {
            return []
        }
        let faults = try reference.document(file).elements.compactMap { $0["t_s"]?.number }
        guard !faults.isEmpty else { throw CommandFailure("\(file) has no faults") }
        let found = faults.count { fault in outcome.times.contains { abs($0 - fault) <= 2 } }
        let expected = try reference.number("truth", "rmssd_true_ms")
        var differences: [Difference] = []
        func require(_ condition: Bool, _ field: String, _ expected: String, _ got: String) {
            guard !condition else { return }
            differences.append(Difference(field: field, expected: expected, got: got, tolerance: "goal"))
        }
        require(Double(found) >= 0.9 * Double(faults.count), "recall", "90 % of \(faults.count)", "\(found)")
        require(outcome.flags <= 4 * faults.count, "flags", "at most \(4 * faults.count)", "\(outcome.flags)")
        require(abs(rmssd - expected) <= 0.1 * expected, "rmssd_ms", "\(expected) ± 10 %", "\(rmssd)")
        return differences
    }

    private func outcome(of intervals: [RRInterval]) -> Outcome {
        var gate = ArtefactGate()
        var outcome = Outcome()
        var before: RRInterval?
        var now: Int64 = 0
        for interval in intervals {
            now += interval.microseconds
            let isClean = gate.judge(interval) == .clean
            if isClean {
                outcome.statistics.add(interval)
                if let before { outcome.statistics.addPair(before, interval) }
            } else {
                outcome.flags += 1
                outcome.times.append(Double(now) / 1e6)
            }
            before = isClean ? interval : nil
        }
        return outcome
    }
}
