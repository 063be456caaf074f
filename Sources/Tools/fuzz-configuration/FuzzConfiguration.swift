import Configuration
import Fuzzing

/// Feeds arbitrary bytes to the reader of the configuration: the main file and, behind a NUL, a fragment.
@main enum FuzzConfiguration {
    static func main() {
        Fuzzer.run { start, count in
            let parts = UnsafeBufferPointer(start: start, count: count).split(separator: 0, maxSplits: 1)
            let sources = parts.enumerated().map { (file: "\($0.offset).yaml", bytes: Array($0.element)) }
            do throws(ConfigurationFaults) {
                _ = try Configuration.read(sources)
            } catch {
                precondition(!error.faults.isEmpty, "A refusal without a fault.")
                _ = error.description
            }
            return 0
        }
    }
}
