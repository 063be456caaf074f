import Foundation
import TestSupport

/// A broker that remembers its sessions, a receiver that misses nothing, and a daemon.
final class Scene {
    let broker: MosquittoBroker
    let receiver: MosquittoSubscriber
    let daemon: Touchlined
    private let memory = TemporaryDirectory()

    init(athletes: Int = 22, store: [String] = []) throws {
        broker = try MosquittoBroker([
            "persistence true", "persistence_location \(memory.path)/", "max_queued_messages 0",
            "max_inflight_messages 1000", "max_queued_bytes 0",
        ])
        try broker.start()
        receiver = try MosquittoSubscriber(
            broker,
            topics: ["touchline/proof/record", "touchline/proof/event"],
            format: "%P|%p",
            session: "receiver"
        )
        // Stopped once, the broker has written the receiver's session down, and keeps it when it is killed.
        broker.stop()
        try broker.start()
        daemon = try Touchlined(port: broker.port, athletes: athletes, store: store)
    }

    var reception: Reception { Reception(receiver.lines) }

    /// Messages in the store, and what `touchline verify` says about it.
    func verify() throws -> (messages: Int, findings: [String]) {
        let result = try Touchlined.run(as: "touchline", ["verify", "--store", daemon.state, "--json"])
        let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let findings = report?["findings"] as? [String] ?? ["status \(result.status): \(result.output)"]
        return (report?["messages"] as? Int ?? -1, findings)
    }

    /// Waits until everything in a stopped daemon's store has arrived, and answers what has.
    func drained(within seconds: Double = 20) async throws -> Reception {
        let count = try verify().messages
        let receiver = receiver
        _ = await eventually(within: seconds) { Reception(receiver.lines).numbers.count >= count }
        return reception
    }
}

/// The durable messages that a receiver got, and what is wrong with them.
struct Reception {
    struct Row {
        let time: Date
        let athlete: String
    }

    /// What must not be. Empty when all is well.
    private(set) var faults: [String] = []
    /// `seq` by stream, in the order of arrival, duplicates dropped.
    private(set) var streams: [String: [Int]] = [:]
    private(set) var duplicates = 0
    private(set) var rows: [Row] = []
    private(set) var eventTypes: [String] = []

    private var payloads: [String: Substring] = [:]
    private var newest: [String: Date] = [:]

    init(_ lines: [String]) {
        for line in lines { take(line) }
    }

    /// All numbers of all streams.
    var numbers: [Int] { streams.values.flatMap { $0 } }

    /// Holes, and numbers out of order: every stream counts 1, 2, 3, …
    var gaps: [String] {
        streams.flatMap { stream, numbers in
            zip(numbers, 1...).lazy.filter { $0 != $1 }.prefix(3).map {
                "\(stream): \($0) where \($1) was due"
            }
        }
    }

    /// The seconds in which any athlete had a row.
    var seconds: Set<Int> { Set(rows.map { Int($0.time.timeIntervalSince1970.rounded()) }) }

    private mutating func take(_ line: String) {
        guard let bar = line.firstIndex(of: "|") else { return faults.append("not a message: \(line)") }
        let payload = line[line.index(after: bar)...]
        guard let message = try? JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any],
            let stream = message["stream"] as? String, let number = message["seq"] as? Int
        else { return faults.append("no message of the contract: \(line.prefix(200))") }
        if line[..<bar] != "stream:\(stream) seq:\(number)" {
            faults.append("\(number) has other user properties: \(line[..<bar])")
        }
        let key = "\(stream) \(number)"
        if let before = payloads[key] {
            duplicates += 1
            if before != payload { faults.append("\(number) came again with other bytes") }
            return
        }
        payloads[key] = payload
        streams[stream, default: []].append(number)
        if let type = message["type"] as? String { eventTypes.append(type) }
        for block in message["athletes"] as? [[String: Any]] ?? [] { takeBlock(block, number) }
    }

    private mutating func takeBlock(_ block: [String: Any], _ number: Int) {
        guard let athlete = block["athlete_id"] as? String, let rows = block["rows"] as? [[String: Any]]
        else {
            return faults.append("\(number) has a block without athlete or rows")
        }
        for row in rows {
            guard let text = row["timestamp"] as? String, let time = Self.date(text) else {
                faults.append("\(number) has a row without a time")
                continue
            }
            if let before = newest[athlete], before >= time {
                faults.append("\(number): \(athlete) has \(text) again or too late")
            }
            newest[athlete] = time
            self.rows.append(Row(time: time, athlete: athlete))
        }
    }

    private static func date(_ text: String) -> Date? {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return try? format.parse(text)
    }
}

/// A number from the environment.
func setting(_ name: String, default standard: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
}

func pause(_ seconds: Double) async {
    try? await Task.sleep(nanoseconds: UInt64(seconds * 1e9))
}
