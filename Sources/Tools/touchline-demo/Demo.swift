import Glibc

/// One demonstration: a mosquitto on a free loopback port, and `touchlined` in front of it.
///
/// Everything that it writes lies in one directory: `demo.yaml` (a copy), `conf.d/10-demo.yaml` (broker and
/// store), `mosquitto.conf`, `mosquitto.log` and the store in `state`, which the next run continues. Further
/// files in `conf.d` are left alone, so they are the place for experiments.
struct Demo {
    private let directory: String
    /// `touchlined` lies where this program lies.
    private let daemon: String

    /// - Throws: ``DemoFailure`` when the directory cannot be written.
    init(configuration: String, directory: String) throws(DemoFailure) {
        try makeDirectory(directory)
        guard let absolute = realpath(directory, nil), let program = realpath("/proc/self/exe", nil) else {
            throw .system("realpath", directory, errno)
        }
        defer {
            free(absolute)
            free(program)
        }
        self.directory = String(cString: absolute)
        let folder = String(cString: program).split(separator: "/").dropLast()
        daemon = "/" + folder.joined(separator: "/") + "/touchlined"
        try makeDirectory(self.directory + "/conf.d")
        try makeDirectory(self.directory + "/state")
        try write(try read(configuration), to: self.directory + "/demo.yaml")
    }

    /// Runs until `touchlined` ends.
    ///
    /// - Returns: Its exit status, or 128 and the number of the signal that ended it.
    func run() throws(DemoFailure) -> Int32 {
        // Blocked before a child exists; children get the mask of this program as it was before.
        let signals = SignalQueue([SIGINT, SIGTERM, SIGHUP, SIGCHLD])
        let broker = try startBroker(signals)
        defer { broker?.process.end() }
        try write(overrides(broker), to: directory + "/conf.d/10-demo.yaml")

        let arguments = [daemon, "--config", directory + "/demo.yaml"]
        let touchlined = try ChildProcess(arguments, deathSignal: "TERM", mask: signals.before)
        while true {
            switch signals.next() {
            case SIGCHLD:
                if let status = touchlined.status() { return status }
            case SIGHUP:
                touchlined.signal(SIGTERM)  // The terminal has gone. The daemon would read it as "reload".
            case let number:
                touchlined.signal(number)
            }
        }
    }

    private struct Broker {
        let port: UInt16
        let process: ChildProcess
    }

    /// Three ports are tried: between the choice of a port and the broker's bind another program may take it.
    private func startBroker(_ signals: SignalQueue) throws(DemoFailure) -> Broker? {
        let places = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"]
        guard let mosquitto = places.first(where: { access($0, X_OK) == 0 }) else {
            complain("mosquitto is not installed: the squad runs without a broker (Debian: make setup).")
            return nil
        }
        let log = directory + "/mosquitto.log"
        for _ in 0..<3 {
            let port = try Loopback.freePort()
            try write(Self.brokerConfiguration(port), to: directory + "/mosquitto.conf")
            let process = try ChildProcess(
                [mosquitto, "-c", directory + "/mosquitto.conf"],
                deathSignal: "TERM",
                mask: signals.before,
                log: log
            )
            for _ in 0..<500 where process.isRunning {
                if Loopback.accepts(port) {
                    print("MQTT: mosquitto_sub -h 127.0.0.1 -p \(port) -t 'touchline/#' -v")
                    fflush(nil)
                    return Broker(port: port, process: process)
                }
                usleep(10_000)
            }
            process.end()
        }
        complain("mosquitto does not start, see \(log): the squad runs without a broker.")
        return nil
    }

    /// Reachable from this machine alone. Where root runs the demonstration the broker stays root: giving
    /// that up would clear the death signal (prctl(2), PR_SET_PDEATHSIG).
    private static func brokerConfiguration(_ port: UInt16) -> String {
        """
        user root
        listener \(port) 127.0.0.1
        allow_anonymous true
        persistence false
        log_dest stderr

        """
    }

    private func overrides(_ broker: Broker?) -> String {
        let uplink = broker.map { #"brokers: ["mqtt://127.0.0.1:\#($0.port)"]"# } ?? "enabled: false"
        return """
            # Written anew by each run; other files in this directory are left alone.
            store:
              directory: \(quoted(directory + "/state"))
            mqtt:
              \(uplink)

            """
    }

    /// YAML's single quotes: only the quote itself is special.
    private func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}

/// What keeps the demonstration from starting.
enum DemoFailure: Error, CustomStringConvertible {
    /// A call, what it was for, and `errno`.
    case system(String, String, Int32)

    var description: String {
        switch self {
        case .system(let call, let subject, let number):
            "\(call) \(subject): \(String(cString: strerror(number)))"
        }
    }
}

/// Says something on standard error.
func complain(_ message: String) {
    let text = message + "\n"
    _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
}
