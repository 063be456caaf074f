import JSON
import Testing
import Wire

@Suite struct JSONScannerTests {
    @Test("A flat object is read member by member")
    func object() throws {
        let text = #" {"t": 9223372036854775807,"a":-1.5e2 , "b":true,"c":null,"d":{"x":[1,{}]},"e":"é\n"} "#
        try scan(text) { scanner throws(JSONScanError) in
            try scanner.beginObject()
            #expect(try self.key(&scanner) == "t")
            #expect(try scanner.integer() == .max)
            #expect(try self.key(&scanner) == "a")
            #expect(try scanner.number() == -150)
            #expect(try self.key(&scanner) == "b")
            #expect(try scanner.flag())
            #expect(try self.key(&scanner) == "c")
            #expect(try scanner.null())
            #expect(try self.key(&scanner) == "d")
            let range = try scanner.skip()
            #expect(String(decoding: scanner.slice(range), as: UTF8.self) == #"{"x":[1,{}]}"#)
            #expect(try self.key(&scanner) == "e")
            #expect(try scanner.text(try scanner.string()) == "é\n")
            #expect(try scanner.nextKey() == nil)
            try scanner.end()
        }
    }

    static let integers: [(String, Int64?)] = [
        ("0", 0), ("-0", 0), ("-9223372036854775808", .min), ("9223372036854775807", .max),
        ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e3", nil),
        ("01", nil), ("-", nil), ("+1", nil), ("1.", nil), ("\"1\"", nil), ("", nil),
        ("99999999999999999999", nil),
    ]

    @Test("Integers are exact or refused", arguments: integers)
    func integer(text: String, expected: Int64?) {
        #expect(value(text) { scanner throws(JSONScanError) in try scanner.integer() } == expected)
    }

    @Test(
        "Decimals are scaled exactly",
        arguments: [
            ("15.823844", 15_823_844_000), ("0.000876", 876_000), ("7", 7_000_000_000),
            ("-0.000000001", -1), ("1.0000000001", nil), ("1e1", nil), ("9300000000", nil),
        ] as [(String, Int64?)]
    )
    func fixed(text: String, expected: Int64?) {
        #expect(value(text) { scanner throws(JSONScanError) in try scanner.fixed(decimals: 9) } == expected)
    }

    @Test(
        "Escapes are resolved",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u20AC""#, "é€"),
            (#""\ud83c\udfc3""#, "🏃"), (#""\ud83cx""#, "\u{FFFD}x"), (#""\udfc3""#, "\u{FFFD}"),
            (#""\ud83c\u0041""#, "\u{FFFD}A"), (#""\ud83c\ud83c\udfc3""#, "\u{FFFD}🏃"), (#""\x""#, nil),
            (#""\u12""#, nil), (#""\"#, nil), ("\"\n\"", nil),
        ] as [(String, String?)]
    )
    func escapes(text: String, expected: String?) {
        let result = value(text) { scanner throws(JSONScanError) in try scanner.text(try scanner.string()) }
        #expect(result == expected)
    }

    @Test(
        "What is no JSON is refused",
        arguments: [
            "{", "[", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "[1,]", "[1 2]",
            "[,1]",
            "{\"a\" 1}", "{a:1}", "tru", "nul", "truth", "1 2", "'a'", "{\"a\":1}}", "]", "",
        ]
    )
    func refused(text: String) {
        let result = value(text) { scanner throws(JSONScanError) in
            try scanner.skip()
            try scanner.end()
            return true
        }
        #expect(result == nil)
    }

    @Test("Deep nesting is refused, not followed")
    func depth() {
        let text = String(repeating: "[", count: 100_000)
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            #expect(throws: JSONScanError(.depth, at: 33)) { try scanner.skip() }
        }
    }

    @Test("Noise never traps, and ends where the bytes end")
    func noise() {
        var random = SplitMix64(seed: 5)
        let sample = Array(#"{"t":12,"s":"a\u0041","x":[1.5e-3,true,null,{"k":-0}],"hex":"04FF"}"#.utf8)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...127,
                    using: &random
                )
            }
            bytes.withUnsafeBytes { buffer in
                var scanner = JSONScanner(buffer)
                if let range = try? scanner.skip() {
                    accepted += 1
                    #expect(range.upperBound <= bytes.count)
                }
            }
        }
        #expect(accepted > 5_000)
        #expect(accepted < 20_000)
    }

    private func key(_ scanner: inout JSONScanner) throws(JSONScanError) -> String? {
        guard let key = try scanner.nextKey() else { return nil }
        return try scanner.text(key)
    }

    private func scan(_ text: String, _ body: (inout JSONScanner) throws -> Void) throws {
        try Array(text.utf8).withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            try body(&scanner)
        }
    }

    private func value<Value>(
        _ text: String,
        _ body: (inout JSONScanner) throws(JSONScanError) -> Value
    ) -> Value? {
        Array(text.utf8).withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            return try? body(&scanner)
        }
    }
}
