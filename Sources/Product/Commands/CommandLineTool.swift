import Daemon
internal import Glibc

/// `touchline`: the command of the operator and the developer.
public enum CommandLineTool {
    /// One command: what it does in a line, and how it runs.
    struct Command: Sendable {
        let name: String
        let summary: String
        let run: @Sendable ([String]) async throws -> Int32
    }

    static let commands: [Command] = [
        Command(
            name: "analyze",
            summary: "check the metrics against reference cases",
            run: Analyze.run
        ),
        Command(
            name: "check-config",
            summary: "report every fault of a configuration",
            run: CheckConfiguration.run
        ),
        Command(
            name: "decode",
            summary: "decode one frame by hand, or check files of vectors",
            run: Decode.run
        ),
        Command(name: "replay", summary: "run a capture through the gateway's pipeline", run: Replay.run),
        Command(name: "simulate", summary: "write a capture of a simulated squad", run: Simulate.run),
        Command(name: "verify", summary: "check a store from end to end", run: Verify.run),
    ]

    /// Runs one command.
    ///
    /// - Parameter arguments: Without the program's name.
    /// - Returns: The exit status: 0 done, 1 failed, 2 wrong usage or configuration.
    public static func run(arguments: [String]) async -> Int32 {
        guard let name = arguments.first, name != "--help", name != "help" else {
            Output.write(usage)
            return arguments.isEmpty ? 2 : 0
        }
        if name == "--version" {
            Output.write("touchline \(GatewayIdentity.version)\n")
            return 0
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            Output.complain("\(name) is not a command of touchline.\n\n\(usage)")
            return 2
        }
        do {
            return try await command.run(Array(arguments.dropFirst()))
        } catch let misuse as Misuse {
            let usage = misuse.usage.map { "\n\n" + $0 } ?? ""
            Output.complain("touchline \(name): \(misuse.message)\(usage)")
            return 2
        } catch {
            let message = (error as? CommandFailure)?.message ?? "\(error)"
            Output.complain("touchline \(name): \(message)")
            return 1
        }
    }

    static var usage: String {
        let width = commands.map(\.name.count).max() ?? 0
        let lines = commands.map { command in
            "  " + command.name + String(repeating: " ", count: width - command.name.count + 2)
                + command.summary
        }
        return "usage: touchline COMMAND [OPTION…]\n\n" + lines.joined(separator: "\n")
            + "\n\ntouchline COMMAND --help tells more about each.\n"
    }
}

/// Standard output and standard error of a command.
enum Output {
    static func write(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }
    static func write(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }
    static func complain(_ text: String) { write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// Whether progress may be shown: on a terminal and nowhere else.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Shows how far long work has come, over the line before.
    static func progress(_ text: String) { write(Array("\r\(text)\u{1B}[K".utf8), to: STDERR_FILENO) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }  // The reader has gone: nobody is left to tell.
            rest = rest.dropFirst(count)
        }
    }
}
