import CaptureFile
import Glibc

// How fast captures are read: reads one several times and prints the best rate.

guard let path = CommandLine.arguments.dropFirst().first else {
    print("usage: capture-bench CAPTURE")
    exit(2)
}
do {
    var best = 0.0
    for _ in 0..<5 {
        let clock = ContinuousClock()
        var count = 0
        let start = clock.now
        var reader = try CaptureReader(path: path)
        while try reader.next() != nil { count += 1 }
        let elapsed = (clock.now - start).components
        best = max(best, Double(count) / (Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18))
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    print("\(Int(best)) lines/s, \(usage.ru_maxrss) KiB at most")
} catch {
    print(error)
    exit(1)
}
