import Configuration

/// `touchline check-config [FILE]`
enum CheckConfiguration {
    static let syntax = Arguments.Syntax(
        flags: ["help"],
        operands: 0...1,
        usage: """
            usage: touchline check-config [FILE]

            Reports every fault of FILE (default /etc/touchline/touchline.yaml) and of conf.d beside it, each
            with file, line and key.
            """
    )

    static func run(_ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, syntax)
        guard !arguments.has("help") else {
            Output.write(syntax.usage + "\n")
            return 0
        }
        let path = arguments.operands.first ?? "/etc/touchline/touchline.yaml"
        do {
            _ = try Configuration.load(path: path)
        } catch {
            for fault in error.faults { Output.complain("\(fault)") }
            return 2
        }
        Output.write("\(path): no faults.\n")
        return 0
    }
}
