import JSON
import Testing

@Suite struct JSONWriterTests {
    static let numbers: [(value: Double, decimals: Int, text: String)] = [
        (142, 0, "142"), (0.5, 0, "1"), (-0.5, 0, "-1"), (421.875, 1, "421.9"), (4.8125, 2, "4.81"),
        (3.10, 2, "3.1"),
        (-0.004, 2, "0"), (2.675, 2, "2.68"), (40.7128, 7, "40.7128"), (-74.006, 7, "-74.006"),
        (1e15, 0, "1000000000000000"),
    ]

    @Test("Numbers have the decimals of the contract and no more", arguments: numbers)
    func number(value: Double, decimals: Int, text: String) {
        var json = JSONWriter()
        json.number(value, decimals: decimals)
        #expect(String(decoding: json.bytes, as: UTF8.self) == text)
    }

    @Test("Containers nest, commas stand between elements, text is escaped")
    func nesting() {
        var json = JSONWriter()
        json.beginObject()
        json.member("a", "\"\\\n\u{1F}é")
        json.array("b") {
            $0.integer(1); $0.integer(-2)
        }
        json.object("c") { _ in }
        json.member("d", true)
        json.endObject()
        let text = #"{"a":"\"\\\n\u001fé","b":[1,-2],"c":{},"d":true}"#
        #expect(String(decoding: json.bytes, as: UTF8.self) == text)
    }

    @Test("An exact number reads back as the same value")
    func exact() {
        for value in [0.1, 1.0 / 3, 1.7976931348623157e308, -12, 819.2] {
            var json = JSONWriter()
            json.exact(value)
            #expect(Double(String(decoding: json.bytes, as: UTF8.self)) == value)
        }
    }
}
