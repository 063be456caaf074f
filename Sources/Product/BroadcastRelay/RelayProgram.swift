internal import Glibc
import HCI
import PacketSocket
import Reactor
import Systemd

/// `touchline-hci`: options, signals, the service manager. The rest is ``Relay``.
public enum RelayProgram {
    static let usage = """
        usage: touchline-hci [--socket PATH] [--adapter ADDRESS]... [--version]

          --socket PATH      where touchlined connects (default $RUNTIME_DIRECTORY/reports.sock)
          --adapter ADDRESS  listen with this adapter, by address or as hci0 (default all)
          --version          print the version and exit

        """

    private static let version = "0.1.0"
    private static let socketName = "reports.sock"
    /// Exit status of wrong usage; the unit does not restart on it.
    private static let misuse: Int32 = 2
    /// Exit status when the socket cannot be made.
    private static let failure: Int32 = 1

    /// Runs until a signal ends it.
    ///
    /// - Parameter arguments: Without the program's name.
    /// - Returns: The exit status, when there is nothing to run.
    public static func run(arguments: [String]) -> Int32 {
        EventSource.blockSignals([SIGTERM, SIGINT, SIGPIPE])
        var path = getenv("RUNTIME_DIRECTORY").map { String(cString: $0) + "/" + socketName }
        var adapters: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--version":
                print("touchline-hci \(version)")
                return 0
            case "--help", "-h":
                print(usage, terminator: "")
                return 0
            case "--socket":
                guard let value = rest.popFirst() else { return complain("--socket needs a path.") }
                path = value
            case "--adapter":
                guard let value = rest.popFirst() else { return complain("--adapter needs an address.") }
                adapters.append(value)
            default: return complain("\(argument) is not an option of touchline-hci.")
            }
        }
        guard let path else { return complain("Without $RUNTIME_DIRECTORY, --socket is needed.") }
        Task { @Reactor in serve(path, adapters) }
        while true { pause() }
    }

    private static func complain(_ message: String) -> Int32 {
        Journal(identifier: "touchline-hci").write(.error, message)
        print(usage, terminator: "")
        return misuse
    }

    @Reactor
    private static func serve(_ path: String, _ adapters: [String]) {
        let (service, journal) = (ServiceManager(), Journal(identifier: "touchline-hci"))
        let listener: PacketListener
        do throws(PacketSocketError) {
            listener = try PacketListener(path: path)
        } catch {
            journal.write(.error, "\(path) cannot be listened at: \(error)")
            exit(failure)
        }
        let relay = Relay(
            listener: listener,
            bus: .kernel,
            isWanted: { adapters.isEmpty || $0.isNamed(byOneOf: adapters) },
            log: { journal.write($0 == .warning ? .warning : .info, $1) }
        )
        let stop: @Reactor () -> Void = {
            service.notify(.stopping)
            relay.stop()
            unlink(path)
            exit(0)
        }
        let signals = [EventSource.signal(SIGTERM, stop), EventSource.signal(SIGINT, stop)]
        relay.start()
        service.notify(.ready)
        keepAlive(service)
        withExtendedLifetime(signals) {}
    }

    @Reactor
    private static func keepAlive(_ service: ServiceManager) {
        guard let interval = service.watchdogInterval else { return }
        service.notify(.watchdog)
        Reactor.schedule(afterMicroseconds: interval) { keepAlive(service) }
    }
}

extension HCIAdapter {
    /// Whether one of `names` is its address, in any case of letters, or its name.
    func isNamed(byOneOf names: [String]) -> Bool {
        names.contains { $0 == name || $0.lowercased() == addressText }
    }

    /// `c0:ff:ee:00:00:01`.
    var addressText: String {
        (0..<6).map { octet in
            let value = UInt8(truncatingIfNeeded: address >> (8 * UInt64(5 - octet)))
            return (value < 16 ? "0" : "") + String(value, radix: 16)
        }.joined(separator: ":")
    }
}
