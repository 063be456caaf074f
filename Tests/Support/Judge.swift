import Foundation

/// python3-jsonschema, which shares no code with us.
public enum Judge {
    public static let isInstalled =
        (try? ChildProcess("/usr/bin/env", ["python3", "-c", "import jsonschema"]).wait()) == 0

    private static let schemas = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../Packaging/schemas").standardizedFileURL.path

    /// Reads lines of a schema's name, a tab and JSON; prints a line for each that is not valid.
    private static let program = """
        import json, sys, jsonschema
        judges = {}
        for line in open(sys.argv[2], encoding="utf-8"):
            name, text = line.rstrip("\\n").split("\\t", 1)
            if name not in judges:
                schema = json.load(open(sys.argv[1] + "/" + name + ".json", encoding="utf-8"))
                jsonschema.Draft202012Validator.check_schema(schema)
                judges[name] = jsonschema.Draft202012Validator(schema)
            error = next(judges[name].iter_errors(json.loads(text)), None)
            if error: print(name, error.json_path, error.message[:200], text[:300])
        print("judged")
        """

    /// One line for each message that its schema refuses.
    public static func faults(of messages: [(schema: String, text: String)]) throws -> [String] {
        let place = TemporaryDirectory()
        let lines = messages.map { $0.schema + "\t" + $0.text + "\n" }.joined()
        try lines.write(toFile: place.file("messages"), atomically: true, encoding: .utf8)
        _ = try ChildProcess(
            "/usr/bin/env",
            ["python3", "-c", program, schemas, place.file("messages")],
            output: place.file("answer")
        ).wait()
        let answer = try String(contentsOfFile: place.file("answer"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
        guard answer.last == "judged" else { return ["the judge failed: \(answer.suffix(3))"] }
        return answer.dropLast()
    }
}
