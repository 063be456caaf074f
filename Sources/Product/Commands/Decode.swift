import Files
import JSON
import Profiles
import Vectors
import Wire

/// `touchline decode`
enum Decode {
    static let syntax = Arguments.Syntax(
        values: ["device-number", "transmission-type"],
        flags: ["help", "json", "vectors"],
        operands: 0...100_000,
        usage: """
            usage: touchline decode PROFILE HEX…
                   touchline decode PROFILE -
                   touchline decode --vectors FILE.jsonl…

            Decodes the bytes of one frame and prints its fields as JSON. Several payloads are one sequence
            (seq.*) or the transfers of a stick (ant.usb). A refused frame prints {"reject":…}, exit status 1.
            - reads hexadecimal lines from standard input and prints one object for each, refused or not.
            --device-number and --transmission-type tell what is known of the sender. --vectors checks files
            of vectors and ends with the counts.
            """
    )

    static func run(_ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, syntax)
        if arguments.has("help") {
            Output.write(
                syntax.usage + "\n\nprofiles: " + PayloadDescription.profiles.joined(separator: " ") + "\n"
            )
            return 0
        }
        if arguments.has("vectors") { return try check(arguments.operands) }
        guard arguments.operands.count >= 2 else {
            throw Misuse("A profile and bytes are needed.", usage: syntax.usage)
        }
        return try decode(arguments)
    }

    private static func decode(_ arguments: Arguments) throws -> Int32 {
        let profile = arguments.operands[0]
        guard PayloadDescription.profiles.contains(profile) else {
            throw Misuse(
                "\(profile) is no profile; known are \(PayloadDescription.profiles.joined(separator: " "))."
            )
        }
        let context = PageContext(
            deviceNumber: arguments.value("device-number") == nil
                ? nil : try arguments.number("device-number", in: UInt16.min ... .max, default: 0),
            transmissionType: arguments.value("transmission-type") == nil
                ? nil : try arguments.number("transmission-type", in: UInt8.min ... .max, default: 0)
        )
        let words = arguments.operands[1...]
        if words == ["-"] { return try decodeLines(profile, context) }
        var json = JSONWriter()
        defer { Output.write(json.bytes) }
        return describe(profile, try payloads(words), context, to: &json) ? 0 : 1
    }

    /// Decodes each line of standard input, at most 64 MiB of them.
    private static func decodeLines(_ profile: String, _ context: PageContext) throws -> Int32 {
        for line in try contents(of: "/dev/stdin").split(separator: 0x0A) {
            var json = JSONWriter()
            _ = describe(profile, try payloads([String(decoding: line, as: UTF8.self)]), context, to: &json)
            Output.write(json.bytes)
        }
        return 0
    }

    private static func payloads(_ words: some Sequence<String>) throws -> [[UInt8]] {
        try words.flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "\r" }) }.map { text in
            guard let bytes = Hex.bytes(text.utf8) else { throw Misuse("\(text) is not hexadecimal.") }
            return bytes
        }
    }

    /// Writes one line, and answers whether the bytes were decoded.
    private static func describe(
        _ profile: String,
        _ payloads: [[UInt8]],
        _ context: PageContext,
        to json: inout JSONWriter
    ) -> Bool {
        defer { json.endLine() }
        do throws(DescriptionFailure) {
            json.fields(
                try PayloadDescription.describe(profile: profile, payloads: payloads, context: context)
            )
            return true
        } catch {
            json.beginObject()
            json.member("reject", "\(error)")
            json.endObject()
            return false
        }
    }

    private static func contents(of path: String) throws -> [UInt8] {
        do throws(FileError) {
            return try File(reading: path).contents(limit: 64 << 20)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    private static func check(_ paths: [String]) throws -> Int32 {
        guard !paths.isEmpty else { throw Misuse("--vectors needs files.", usage: syntax.usage) }
        var passed = 0
        var failed = 0
        for path in paths {
            for line in try contents(of: path).split(separator: 0x0A)
            where line.contains(where: { $0 != 0x20 && $0 != 0x0D }) {
                let result = VectorFile.check(line: line)
                if result.isPassed {
                    passed += 1
                } else {
                    failed += 1
                    Output.write("\(result.id): \(result.differences.joined(separator: "; "))\n")
                }
            }
        }
        Output.write("\(passed) passed, \(failed) failed\n")
        return failed == 0 ? 0 : 1
    }
}
