import CaptureFile
import Fuzzing

/// Feeds arbitrary lines to the parsers of captures and of logs of USB traffic.
@main enum FuzzCaptureLines {
    static func main() {
        Fuzzer.run { start, count in
            var lines = LineParsers()
            for line in UnsafeBufferPointer(start: start, count: count).split(separator: 0x0A) {
                let before = lines.sources
                if !lines.parse(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: line))) {
                    precondition(lines.sources == before, "A failure left a trace.")
                }
            }
            return 0
        }
    }
}
