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
                   touchline decode --vectors FILE.jsonl…

            Decodes the bytes of one frame and prints its fields as JSON. Several payloads are one sequence
            (seq.*) or the transfers of a stick (ant.usb). A refused frame prints {"reject":…}, exit status 1.
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
        let payloads = try arguments.operands[1...].flatMap { $0.split(separator: " ") }.map { text in
            guard let bytes = Hex.bytes(text.utf8) else { throw Misuse("\(text) is not hexadecimal.") }
            return bytes
        }
        let context = PageContext(
            deviceNumber: arguments.value("device-number") == nil
                ? nil : try arguments.number("device-number", in: UInt16.min ... .max, default: 0),
            transmissionType: arguments.value("transmission-type") == nil
                ? nil : try arguments.number("transmission-type", in: UInt8.min ... .max, default: 0)
        )
        var json = JSONWriter()
        defer { Output.write(json.bytes) }
        do throws(DescriptionFailure) {
            json.fields(
                try PayloadDescription.describe(profile: profile, payloads: payloads, context: context)
            )
            json.endLine()
            return 0
        } catch {
            json.beginObject()
            json.member("reject", "\(error)")
            json.endObject()
            json.endLine()
            return 1
        }
    }

    private static func check(_ paths: [String]) throws -> Int32 {
        guard !paths.isEmpty else { throw Misuse("--vectors needs files.", usage: syntax.usage) }
        var passed = 0
        var failed = 0
        for path in paths {
            let bytes: [UInt8]
            do throws(FileError) {
                bytes = try File(reading: path).contents(limit: 64 << 20)
            } catch {
                throw CommandFailure("\(error)")
            }
            for line in bytes.split(separator: 0x0A) where line.contains(where: { $0 != 0x20 && $0 != 0x0D })
            {
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
