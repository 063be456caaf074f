/// `touchline analyze`
enum Analyze {
    static let syntax = Arguments.Syntax(
        values: ["cases"],
        flags: ["help"],
        operands: 0...0,
        usage: """
            usage: touchline analyze --cases DIRECTORY

            Computes every reference case (*.json) of the directory and compares with what the case expects.
            Prints each difference, then the counts; exit status 1 when a case fails. The input of a case lies
            at DIRECTORY/../FILE.
            """
    )

    static func run(_ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, syntax)
        guard !arguments.has("help") else {
            Output.write(syntax.usage + "\n")
            return 0
        }
        guard let directory = arguments.value("cases") else {
            throw Misuse("Nothing to analyze.", usage: syntax.usage)
        }
        let report = try CaseReport(directory: directory, groups: CaseGroups.all)
        for line in report.lines { Output.write(line + "\n") }
        return report.failed == 0 ? 0 : 1
    }
}
