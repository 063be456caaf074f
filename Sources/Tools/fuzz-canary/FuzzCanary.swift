import Fuzzing

/// Crashes on every input that starts with `SOS`, which libFuzzer finds within seconds. A run that does not
/// report it proves that the fuzzers would not report anything else either.
@main enum FuzzCanary {
    static func main() {
        Fuzzer.run { start, count in
            var matched = 0  // Letter by letter, so that each right one is progress that the fuzzer sees.
            for (byte, letter) in zip(UnsafeBufferPointer(start: start, count: count), "SOS".utf8) {
                guard byte == letter else { break }
                matched += 1
            }
            precondition(matched < 3, "The canary sang.")
            return 0
        }
    }
}
