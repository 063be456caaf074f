import JSON
import Testing
import Wire

@Suite struct JSONValueTests {
    private func parse(_ text: String) throws(JSONFailure) -> JSONValue { try JSONValue.parse(text.utf8) }

    @Test("Values of every kind are read, in their order")
    func values() throws {
        let text = #" {"a": [1, -2.5e1, true, false, null], "b": {"c": "d"}, "a": "" } "#
        let expected = JSONValue.object([
            JSONMember(
                key: "a",
                value: .list([.integer(1), .real(-25), .flag(true), .flag(false), .null])
            ),
            JSONMember(key: "b", value: .object([JSONMember(key: "c", value: .text("d"))])),
            JSONMember(key: "a", value: .text("")),
        ])
        #expect(try parse(text) == expected)
        #expect(try parse(text)["b"]?["c"] == .text("d"))
        #expect(try parse(text)["c"] == nil)
    }

    @Test(
        "Escapes stand for what RFC 8259 says",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u00e4\uD83D\uDE00""#, "ä😀"),
            (#""\ud83dx""#, "\u{FFFD}x"),
            (#""\ud83d\u0041""#, "\u{FFFD}A"),
            (#""\udE00""#, "\u{FFFD}"),
        ]
    )
    func escapes(text: String, expected: String) throws {
        #expect(try parse(text) == .text(expected))
    }

    @Test(
        "Numbers keep their kind",
        arguments: [
            ("0", JSONValue.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .real(9.223372036854775808e18)), ("1E2", .real(100)), ("0.5", .real(0.5)),
        ]
    )
    func numbers(text: String, expected: JSONValue) throws { #expect(try parse(text) == expected) }

    @Test(
        "What is no JSON is refused",
        arguments: [
            "", " ", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "-", "+1", "1e",
            "1e999",
            "tru", "nul", "truee", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "1 2", "[1 2]",
            "'a'",
        ]
    )
    func refused(text: String) { #expect(throws: JSONFailure.self) { try parse(text) } }

    @Test("Nesting is bounded")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try parse(nested(JSONValue.depthLimit + 1)) }
        #expect(throws: JSONFailure.depth(at: JSONValue.depthLimit + 1)) {
            try parse(nested(JSONValue.depthLimit + 2))
        }
        #expect(throws: JSONFailure.self) { try parse(String(repeating: "[", count: 100_000)) }
    }

    @Test("No text traps: every prefix and every changed byte is read or refused")
    func damage() throws {
        let text = Array(#"{"a":[1,-2.5e+1,true,null,"\u00e4\ud83d\ude00é"],"b":{}}"#.utf8)
        for end in 0..<text.count {
            #expect(throws: JSONFailure.self) { try JSONValue.parse(text[..<end]) }
        }
        var random = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            var changed = text
            changed[Int(random.next() % UInt64(text.count))] = UInt8(truncatingIfNeeded: random.next())
            _ = try? JSONValue.parse(changed)
        }
    }
}
