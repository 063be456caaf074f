import CaptureFile
import Daemon
internal import Glibc
import Messages
import Store
import Wire

/// `touchline replay`
enum Replay {
    static let syntax = Arguments.Syntax(
        values: ["speed", "store", "roster", "o"],
        flags: ["help", "strict", "json"],
        operands: 1...1,
        usage: """
            usage: touchline replay CAPTURE [--speed max|X] [-o MESSAGES.ndjson] [--store DIRECTORY]
                                    [--roster FILE.csv] [--strict]

            Runs a capture (or a log of an ANT stick's USB traffic) through the gateway's pipeline and prints
            the durable messages, one a line. --speed is times real time (default max). --store keeps them in
            a store, too. --roster says who wears what instead of the capture. --strict stops at the first
            line that cannot be read; otherwise such lines are counted, named and skipped.
            """
    )

    static func run(_ words: [String]) async throws -> Int32 {
        let arguments = try Arguments(words, syntax)
        if arguments.has("help") {
            Output.write(syntax.usage + "\n")
            return 0
        }
        var speed: Double?
        if let text = arguments.value("speed"), text != "max" {
            guard let value = Double(text), (0.001...1_000_000).contains(value) else {
                throw Misuse("speed: \(text) is neither max nor a number from 0.001 to 1000000.")
            }
            speed = value
        }
        let reader = try CaptureReader(path: arguments.operands[0], isStrict: arguments.has("strict"))
        let roster = try arguments.value("roster").map(RosterFile.read)
        let sink = try MessageFile(path: arguments.value("o"))
        var replayer = Replayer(header: reader.header, roster: roster)
        if let directory = arguments.value("store") { try await replayer.open(store: directory) }
        try await replayer.run(reader, speed: speed, into: sink)
        try sink.close()
        report(replayer)
        return 0
    }

    private static func report(_ replayer: Replayer) {
        for line in replayer.skipped?.named.prefix(10) ?? [] {
            Output.complain("line \(line.number): \(line.reason)")
        }
        let counters = replayer.counters
        Output.complain(
            "\(counters.frames) frames, \(counters.rows) rows, \(replayer.messageCount) messages, "
                + "\(replayer.skipped?.count ?? 0) lines skipped, "
                + "\(counters.malformedFrames) malformed frames; "
                + "\(replayer.span / max(replayer.elapsed, 1)) times real time"
        )
    }
}

/// Where replayed messages go: a file, or standard output.
final class MessageFile {
    private let descriptor: Int32
    private let path: String
    private var buffer: [UInt8] = []

    init(path: String?) throws(CommandFailure) {
        self.path = path ?? "standard output"
        guard let path else {
            descriptor = STDOUT_FILENO
            return
        }
        descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw CommandFailure("\(path): \(String(cString: strerror(errno)))") }
    }

    func write(_ message: [UInt8]) throws(CommandFailure) {
        buffer += message
        buffer.append(0x0A)
        if buffer.count >= 64 << 10 { try flush() }
    }

    func close() throws(CommandFailure) {
        try flush()
        guard descriptor == STDOUT_FILENO || Glibc.close(descriptor) == 0 else {
            throw CommandFailure("\(path): \(String(cString: strerror(errno)))")
        }
    }

    private func flush() throws(CommandFailure) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw CommandFailure("\(path): \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
