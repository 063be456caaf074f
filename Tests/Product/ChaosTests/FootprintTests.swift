import Foundation
import TestSupport
import Testing

/// What the daemon takes of the machine. `FOOTPRINT_SECONDS=60` measures what the README tells, on the
/// program that `TOUCHLINED` names.
@Suite(
    .enabled(
        if: Touchlined.isBuilt && MosquittoBroker.isInstalled,
        "needs touchlined beside the tests (swift build) and mosquitto (make setup)"
    )
)
struct FootprintTests {
    @Test("With 22 athletes and a broker the daemon stays small")
    func footprint() async throws {
        let seconds = setting("FOOTPRINT_SECONDS", default: 5)
        let broker = try MosquittoBroker()
        try broker.start()
        let daemon = try Touchlined(port: broker.port, athletes: 22)
        try daemon.start()
        await pause(2)
        let before = try Self.processorTime(of: daemon.identifier)
        await pause(Double(seconds))
        let share = (try Self.processorTime(of: daemon.identifier) - before) / Double(seconds)
        let resident = try Self.residentKilobytes(of: daemon.identifier)
        print(
            "touchlined with 22 athletes after \(seconds) s: \(resident / 1_024) MB resident, "
                + "\((share * 1_000).rounded() / 10) % of a core"
        )
        // Far above what it takes in any build: it must not run away.
        #expect(resident < 100 << 10)
        #expect(share < 0.5)
        #expect(daemon.stop() == 0)
    }

    /// User and system time, seconds.
    private static func processorTime(of process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // The name may hold spaces; what follows its parenthesis does not. utime and stime are fields 14, 15.
        let fields = text[text.lastIndex(of: ")")!...].split(separator: " ")
        return (Double(fields[12])! + Double(fields[13])!) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func residentKilobytes(of process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.split(separator: " ")[1]) } ?? .max
    }
}
