import Fuzzing

/// Crashes on every input that starts with `CANARY`. A run that does not report it proves that the fuzzers
/// would not report anything else either.
@main enum FuzzCanary {
    static func main() {
        Fuzzer.run { start, count in
            let bytes = UnsafeBufferPointer(start: start, count: count)
            precondition(!bytes.starts(with: "CANARY".utf8), "The canary sang.")
            return 0
        }
    }
}
