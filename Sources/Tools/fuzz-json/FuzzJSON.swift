import Fuzzing
import JSON

/// Feeds arbitrary bytes to both JSON readers and compares what they say.
@main enum FuzzJSON {
    static func main() {
        Fuzzer.run { start, count in
            let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(start: start, count: count))
            FuzzJSON.compare(bytes)
            var scanner = JSONScanner(bytes)
            try? FuzzJSON.walk(&scanner, depth: 0)
            return 0
        }
    }

    /// What the tree takes, the scanner takes too, unless it is too deep for it.
    private static func compare(_ bytes: UnsafeRawBufferPointer) {
        guard let value = try? JSONValue.parse(bytes) else { return }
        var scanner = JSONScanner(bytes)
        do throws(JSONScanError) {
            if case .text(let text) = value {
                let found = try scanner.text(try scanner.string())
                precondition(found == text, "A string reads differently.")
            } else if case .integer(let number) = value {
                let found = try scanner.integer()
                precondition(found == number, "A number reads differently.")
            } else {
                try scanner.skip()
            }
            try scanner.end()
        } catch {
            precondition(error.reason == .depth, "Only one reader takes this: \(error).")
        }
    }

    /// Asks for each kind of value where one stands.
    private static func walk(_ scanner: inout JSONScanner, depth: Int) throws(JSONScanError) {
        guard depth < JSONScanner.depthMaximum else { throw JSONScanError(.depth, at: scanner.position) }
        if (try? scanner.beginObject()) != nil {
            while let key = try scanner.nextKey() {
                _ = try? scanner.text(key)
                _ = scanner.matches(key, "t")
                try walk(&scanner, depth: depth + 1)
            }
        } else if (try? scanner.beginArray()) != nil {
            while try scanner.nextElement() { try walk(&scanner, depth: depth + 1) }
        } else if let text = try? scanner.string() {
            _ = try? scanner.text(text)
        } else if try !scanner.null(), (try? scanner.flag()) == nil {
            for decimals in [0, 3, 9, 18] {
                var copy = scanner
                _ = try? copy.fixed(decimals: decimals)
            }
            _ = try scanner.number()
        }
    }
}
