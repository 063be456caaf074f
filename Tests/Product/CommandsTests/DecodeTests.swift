import Foundation
import TestSupport
import Testing

/// `touchline decode` as a program, with its standard input and output.
@Suite(.enabled(if: Touchlined.isBuilt)) struct DecodeTests {
    private let directory = TemporaryDirectory()

    /// Runs the command through a shell, which knows pipes, and returns what it printed and how it ended.
    private func decode(_ words: String, input: String) throws -> (lines: [String], status: Int32) {
        let program = directory.file("touchline")
        try FileManager.default.createSymbolicLink(
            atPath: program,
            withDestinationPath: #require(Touchlined.executable)
        )
        let script = "printf '\(input)' | '\(program)' decode \(words)"
        let shell = try ChildProcess("/bin/sh", ["-c", script], output: directory.file("output"))
        let status = shell.wait()
        let output = try String(contentsOfFile: directory.file("output"), encoding: .utf8)
        return (output.split(separator: "\n").map(String.init), status)
    }

    @Test("Each line of standard input gives one line, refused or not")
    func lines() throws {
        let (lines, status) = try decode(
            "ant.bike_speed -",
            input: #"00ffffff00040500\n00ff\r\n80ffffff00040600\n"#
        )
        #expect(
            lines == [
                #"{"page":0,"toggle":0,"event_time_raw":1024,"revs":5}"#,
                #"{"reject":"2 bytes where 8 are needed"}"#,
                #"{"page":0,"toggle":1,"event_time_raw":1024,"revs":6}"#,
            ]
        )
        #expect(status == 0)
    }

    @Test("A line of several payloads is one sequence")
    func sequence() throws {
        let (lines, _) = try decode(
            "seq.ant.bike_cadence -",
            input: #"00ffffff00fcfeff 00ffffff00040100\n"#
        )
        #expect(lines == [#"{"revs":3,"elapsed_raw":2048,"cadence_rpm":90}"#])
    }

    @Test("What is not hexadecimal ends it with status 2")
    func noHexadecimal() throws {
        let (lines, status) = try decode("ant.hr -", input: #"00ffffffaa55333c\nxy\n"#)
        #expect(lines.count == 2)
        #expect(lines.last == "touchline decode: xy is not hexadecimal.")
        #expect(status == 2)
    }
}
