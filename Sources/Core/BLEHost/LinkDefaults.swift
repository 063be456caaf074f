internal import Wire

/// What bluetoothd's `main.conf` says of the links it makes: the `[LE]` section, as far as it decides whether
/// a strap stays linked.
///
/// What is not set there is the kernel's choice: a supervision timeout of 420 ms, so that a body between
/// strap and adapter ends the link.
///
/// - Source: `src/main.conf` of BlueZ 5.66; the kernel's choice: `hci_alloc_dev` in
///   `net/bluetooth/hci_core.c` (24, 40, 0, 42); why it hurts: the project's gateway reference, sections 3.1,
///   3.3 and pain 5 and 6.
public struct LinkDefaults: Hashable, Sendable {
    /// In 1.25 ms.
    public var shortestInterval: Int?
    /// In 1.25 ms.
    public var longestInterval: Int?
    /// Events that a peripheral may skip.
    public var latency: Int?
    /// In 10 ms.
    public var supervisionTimeout: Int?

    private static let kernelShortestInterval = 24
    private static let kernelLongestInterval = 40
    private static let kernelTimeout = 42
    /// 4 s: shorter ones end links at the edge of reach.
    private static let timeoutMinimum = 400
    /// 400 ms: a strap that asks for an interval which is not allowed ends the link after 30 s.
    private static let longestNeeded = 320

    /// Reads the file's text; what cannot be read is as good as not set.
    public init(mainConf text: some Collection<UInt8>) {
        var isInSection = false
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let line = String(decoding: line, as: UTF8.self).filter { !$0.isWhitespace }
            if line.hasPrefix("[") {
                isInSection = line == "[LE]"
                continue
            }
            guard isInSection, !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            let value = Int(line[line.index(after: equals)...])
            switch line[..<equals] {
            case "MinConnectionInterval": shortestInterval = value
            case "MaxConnectionInterval": longestInterval = value
            case "ConnectionLatency": latency = value
            case "ConnectionSupervisionTimeout": supervisionTimeout = value
            default: break
            }
        }
    }

    /// The lines to set when what is there hurts, with the reason; `nil` when all is well.
    public var advice: String? {
        let shortest = shortestInterval ?? Self.kernelShortestInterval
        let longest = longestInterval ?? Self.kernelLongestInterval
        let timeout = supervisionTimeout ?? Self.kernelTimeout
        var reasons: [String] = []
        if timeout < Self.timeoutMinimum {
            reasons.append("a link ends when nothing is heard for \(timeout * 10) ms")
        }
        if shortest > 6 || longest < Self.longestNeeded {
            reasons.append("straps that ask for another connection interval are refused and leave after 30 s")
        }
        if shortest > longest { reasons.append("the intervals contradict each other") }
        guard !reasons.isEmpty else { return nil }
        return
            "as /etc/bluetooth/main.conf is, \(reasons.joined(separator: ", and ")). Set in its section "
            + "[LE]: MinConnectionInterval=6, MaxConnectionInterval=3200, ConnectionLatency=0, "
            + "ConnectionSupervisionTimeout=1000; then restart bluetooth"
    }
}
