import Testing
import Wire
import YAML

@Suite struct YAMLDocumentTests {
    @Test("Maps keep their order, scalars their text and whether it was quoted")
    func tree() throws {
        let text = """
            # comment
            b: no
            a: "no"
            list:
              - 1
              - { x: '' }

            """
        let root = try #require(try document(text).root)
        guard case .map(let entries) = root.content else {
            Issue.record("no map")
            return
        }
        #expect(entries.map(\.key) == ["b", "a", "list"])
        #expect(entries[0].value.content == .scalar("no", isQuoted: false))
        #expect(entries[1].value.content == .scalar("no", isQuoted: true))
        #expect(entries[2].mark == YAMLMark(line: 4, column: 1))
        guard case .list(let items) = entries[2].value.content else {
            Issue.record("no list")
            return
        }
        #expect(items.map(\.mark) == [YAMLMark(line: 5, column: 5), YAMLMark(line: 6, column: 5)])
    }

    @Test("Only an unquoted null, tilde or nothing is null")
    func null() throws {
        let texts = [
            "a: null": true, "a: ~": true, "a:": true, "a: 'null'": false, "a: ''": false, "a: 0": false,
        ]
        for (text, expected) in texts {
            guard case .map(let entries) = try document(text).root?.content else {
                Issue.record("no map in \(text)")
                continue
            }
            #expect(entries[0].value.isNull == expected, "\(text)")
        }
    }

    @Test("A file of blanks and comments has no root", arguments: ["", "\n", "# only\n", "\u{FEFF}"])
    func empty(text: String) throws {
        #expect(try document(text).root == nil)
    }

    /// Text, line and a word of the message.
    static let refused: [(String, Int, String)] = [
        ("a: 1\n\tb: 2\n", 2, "a tab"),
        ("a: 'x\ty'", 1, "a tab"),
        ("a: 1\nb: 2\na: 3\n", 3, "stands in line 1 already"),
        ("a: &x 1\n", 1, "an anchor"),
        ("a: 1\nb: *x\n", 2, "an alias"),
        ("a: !!str 1\n", 1, "a tag"),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", 1, "%TAG"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("? [a]\n: 1\n", 1, "where a key is expected"),
        ("a: b: c\n", 1, "quote a value"),
        ("a: [1, 2\n", 2, "close the list"),
        ("a: {b: 1\n", 2, "close the map"),
        ("a: \"x\n", 2, "close the quotes"),
        ("a: @x\n", 1, "quote the value"),
        ("a: 1\n\nb: \u{1}\n", 3, "control character"),
        (String(repeating: "[", count: 33), 1, "nested deeper than 32"),
    ]

    @Test("What is refused is named with its line and a cure", arguments: refused)
    func refuses(text: String, line: Int, word: String) {
        let faults = faults(Array(text.utf8))
        #expect(faults.first?.line == line, "\(faults)")
        #expect(faults.first?.message.contains(word) == true, "\(faults)")
    }

    @Test("Nesting of 32 is read")
    func depth() throws {
        let text = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(try document(text).root != nil)
    }

    @Test("Bytes that are not UTF-8 are refused with their line")
    func encoding() {
        let faults = faults(Array("a: 1\nb: ".utf8) + [0xC3, 0x28, 0x0A])
        #expect(faults.map(\.line) == [2])
        #expect(faults[0].description == "test.yaml:2: not UTF-8; save the file as UTF-8")
    }

    @Test("A file above one mebibyte is refused before it is read")
    func size() {
        let faults = faults([UInt8](repeating: 0x20, count: YAMLDocument.byteCountMaximum + 1))
        #expect(faults.count == 1)
        #expect(faults[0].message.hasPrefix("1048577 bytes"))
    }

    @Test("All duplicate keys, anchors and tags are reported at once, each with its key")
    func several() {
        let faults = faults(Array("a:\n  b: 1\n  b: 2\nc: &x 1\nd: !t 2\n".utf8))
        #expect(faults.map(\.line) == [3, 4, 5])
        #expect(faults.map(\.key) == ["a.b", "c", "d"])
    }

    @Test("Noise and damaged documents never trap")
    func noise() throws {
        var random = SplitMix64(seed: 1)
        let sample = Array("a: &x [1, {b: 'c'}]\nd: |\n  text\n---\n? e\n: !!str *x\n".utf8)
        var refused = 0
        for _ in 0..<4_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let byte = UInt8.random(in: 0...255, using: &random)
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = byte
            }
            if !self.faults(Array(bytes.prefix(Int.random(in: 0...60, using: &random)))).isEmpty {
                refused += 1
            }
        }
        #expect(refused > 1_000)
    }

    private func document(_ text: String) throws -> YAMLDocument {
        try YAMLDocument.parse(bytes: Array(text.utf8), file: "test.yaml")
    }

    private func faults(_ bytes: [UInt8]) -> [YAMLFault] {
        do throws(YAMLFaults) {
            _ = try YAMLDocument.parse(bytes: bytes, file: "test.yaml")
            return []
        } catch {
            return error.faults
        }
    }
}
