import Daemon
import JSON
import Store

/// `touchline verify`
enum Verify {
    static let syntax = Arguments.Syntax(
        values: ["store"],
        flags: ["help", "json"],
        operands: 0...0,
        usage: """
            usage: touchline verify [--store DIRECTORY] [--json]

            Reads the whole store (default: the gateway's state directory): integrity of the file, checksum of
            every message, gaps in `seq`. Exit status 1 when anything is wrong.
            """
    )

    static func run(_ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, syntax)
        guard !arguments.has("help") else {
            Output.write(syntax.usage + "\n")
            return 0
        }
        let report: VerifyReport
        do {
            report = try Store.verify(
                directory: arguments.value("store") ?? GatewayIdentity.defaultStateDirectory
            )
        } catch {
            throw CommandFailure("\(error)")
        }
        if arguments.has("json") {
            var json = JSONWriter()
            json.beginObject()
            json.member("messages", report.messages)
            json.member("withdrawn", report.withdrawn)
            json.member("streams", report.streams)
            json.array("findings") { json in
                for finding in report.findings { json.string(finding) }
            }
            json.endObject()
            json.endLine()
            Output.write(json.bytes)
        } else {
            for finding in report.findings { Output.write(finding + "\n") }
            Output.write(
                "\(report.messages) messages in \(report.streams) streams, \(report.withdrawn) withdrawn, "
                    + "\(report.findings.count) findings\n"
            )
        }
        return report.findings.isEmpty ? 0 : 1
    }
}
