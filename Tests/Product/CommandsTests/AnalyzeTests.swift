import Foundation
import JSON
import TestSupport
import Testing

@testable import Commands

/// The reference cases, and the runner that holds the product against them.
@Suite struct AnalyzeTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    static let shared = folder.appendingPathComponent("../../../../shared/physio/cases").standardizedFileURL
        .path

    private let directory = TemporaryDirectory()

    /// Inputs are named from the directory above the cases.
    private var folderName: Substring { directory.path.split(separator: "/").last ?? "" }

    private func report(_ cases: String, file: String = "rr_time") throws -> CaseReport {
        try Data(cases.utf8).write(to: URL(fileURLWithPath: directory.file(file + ".json")))
        return try CaseReport(directory: directory.path, groups: CaseGroups.all)
    }

    @Test("Every reference case of the repository passes")
    func ownCases() throws {
        let path = Self.folder.appendingPathComponent("Physiology/cases").path
        let report = try CaseReport(directory: path, groups: CaseGroups.all)
        #expect(report.failed == 0, "\(report.lines.joined(separator: "\n"))")
        #expect(report.passed >= 14)
    }

    @Test(
        "Every reference case passes, where the full set is at hand",
        .enabled(if: FileManager.default.fileExists(atPath: shared))
    )
    func sharedCases() throws {
        let report = try CaseReport(directory: Self.shared, groups: CaseGroups.all)
        #expect(report.failed == 0, "\(report.lines.joined(separator: "\n"))")
        #expect(report.passed >= 71)
    }

    @Test("A difference is told with case, field, both values and tolerance, and fails")
    func difference() throws {
        try Data("rr_ms\n800\n820\n".utf8).write(to: URL(fileURLWithPath: directory.file("in.csv")))
        let report = try report(
            """
            [{"id":"a","input":{"file":"\(folderName)/in.csv"},"tolerance":{"rel":1e-4},
              "expected":{"n_beats":3,"rmssd_ms":20.1,"pnn50_pct":0.0,"strangeness":1}}]
            """
        )
        #expect(
            report.lines == [
                "a n_beats: expected 3.0, got 2.0, tolerance exact",
                "a rmssd_ms: expected 20.1, got 20.0, tolerance relative 0.0001",
                "a strangeness: expected 1, got nothing, tolerance exact",
                "0 passed, 1 failed",
            ]
        )
    }

    @Test("A group that nobody computes fails and is named")
    func unknown() throws {
        let report = try report(#"[{"id":"a","expected":1},{"id":"b","expected":2}]"#, file: "phlogiston")
        #expect(report.lines == ["phlogiston: not implemented, 2 cases", "0 passed, 2 failed"])
    }

    @Test(
        "An input that is not what it should be fails its case with a message",
        arguments: [
            ("", "no column rr_ms"), ("rr_ms\n12,13\n", "2 columns, not 1"),
            ("rr_ms\n800\nx\n", "x is no number"),
            ("rr_ms\nnan\n", "nan is no number"), ("rr_ms\n-5\n", "is no RR interval"),
            ("rr_ms\n1e300\n", "is no RR interval"), ("t,rr_ms\n1,\n", "nothing is no RR interval"),
            (String(repeating: ",", count: 99), "over 64 columns"), ("\u{FFFD}\u{0}\n", "no column rr_ms"),
        ]
    )
    func badInput(text: String, message: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory.file("in.csv")))
        let report = try report(
            #"[{"id":"a","input":{"file":"\#(folderName)/in.csv","beats":[-1,1e300]},"expected":{}}]"#
        )
        #expect(report.failed == 1)
        #expect(report.lines.first?.hasPrefix("a: ") == true)
        #expect(report.lines.first?.contains(message) == true, "\(report.lines)")
    }

    @Test("Intervals may stand one a line without a name, with comments and empty lines between")
    func plainText() throws {
        let table = try Table(text: "# strap\r\n800\r\n\r\n812.5\r\n", path: "a")
        #expect(try table.intervals().map(\.milliseconds) == [800, 812.5])
    }

    @Test("Cases that are no cases, and folders that are not there, are refused")
    func noCases() async {
        for text in ["", "{}", "[]", "[1]", #"[{"id":1,"expected":2}]"#] {
            #expect(throws: CommandFailure.self) { try report(text) }
        }
        #expect(await CommandLineTool.run(arguments: ["analyze", "--cases", "/nowhere"]) == 1)
        #expect(await CommandLineTool.run(arguments: ["analyze"]) == 2)
        #expect(await CommandLineTool.run(arguments: ["analyze", "--help"]) == 0)
    }

    @Test("Every group accepts any input with a message at worst", arguments: CaseGroups.all.map(\.name))
    func hostile(name: String) throws {
        let inputs = [
            "null", #"{"file":"nowhere.csv","column":"rr_ms"}"#,
            #"{"file":"\#(folderName)/in.csv","truth":"\#(folderName)/in.csv","column":"x","rows":[5,2],"#
                + #""window_s":[9,1e300],"points":[[1]]}"#,
        ]
        try Data("x\n1e308\n-1e308\n\n0\n".utf8).write(to: URL(fileURLWithPath: directory.file("in.csv")))
        for input in inputs {
            for expected in ["{}", "[]", "[[1,2],[]]", #"[{"hr":0}]"#, #"{"index":[-1,1e300]}"#] {
                let text = #"[{"id":"a","input":\#(input),"params":{},"expected":\#(expected)}]"#
                _ = try report(text, file: name)
            }
        }
    }

    @Test("The tolerance of a field is its own, then that of its stem, then none for counts, then the rest's")
    func tolerances() throws {
        let stated = try JSONValue.parse(
            Array(#"{"rel":0.1,"hr_bpm":0.6,"rmssd_rel":0.01,"rmssd_after_rel":0.02,"tau_abs":3}"#.utf8)
        )
        func tolerance(_ steps: String...) -> Tolerance {
            Tolerance(of: steps.reduce(FieldPath()) { $0.appending($1) }, stated: stated)
        }
        #expect(tolerance("3", "hr_bpm") == .absolute(0.6))
        #expect(tolerance("malik", "rmssd_ms") == .relative(0.01))
        #expect(tolerance("malik", "rmssd_after_ms") == .relative(0.02))
        #expect(tolerance("tau", "s") == .absolute(3))
        #expect(tolerance("n_beats") == .exact && tolerance("index", "4") == .exact)
        #expect(tolerance("sdnn_ms") == .relative(0.1))
        #expect(Tolerance.relative(0.1).limit(around: 0.5) == 0.1)
        #expect(Tolerance.relative(0.1).limit(around: -50) == 5)
    }
}
