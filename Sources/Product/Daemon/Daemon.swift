import Configuration
internal import Glibc
import Reactor
import Store
import Systemd
import Wire

/// `touchlined`: reads the configuration, runs the gateway, listens to signals and to the service manager.
public enum Daemon {
    static let usage = """
        usage: touchlined [--config FILE] [--check] [--version]

          --config FILE  the configuration (default /etc/touchline/touchline.yaml)
          --check        report every fault of the configuration and exit
          --version      print the version and exit

        """

    /// Exit status of wrong usage or configuration; the unit does not restart on it.
    private static let misuse: Int32 = 2
    /// Exit status when the gateway cannot begin, for instance because another one holds the store.
    private static let failure: Int32 = 1

    /// Runs until a signal ends it.
    ///
    /// - Parameter arguments: Without the program's name.
    /// - Returns: The exit status, when there is nothing to run.
    public static func run(arguments: [String]) -> Int32 {
        // Before any other thread exists: they inherit the mask, and the reactor's signalfd gets the signals.
        EventSource.blockSignals([SIGTERM, SIGINT, SIGHUP, SIGPIPE])
        var path = "/etc/touchline/touchline.yaml"
        var isCheck = false
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--version":
                print("touchlined \(GatewayIdentity.version)")
                return 0
            case "--help", "-h":
                print(usage, terminator: "")
                return 0
            case "--check": isCheck = true
            case "--config":
                guard let value = rest.popFirst() else { return complain("--config needs a file.") }
                path = value
            default: return complain("\(argument) is not an option of touchlined.")
            }
        }

        let configuration: Configuration
        do {
            configuration = try Configuration.load(path: path)
        } catch {
            for fault in error.faults { write("\(fault)\n", to: STDERR_FILENO) }
            return misuse
        }
        if isCheck {
            print("\(path): no faults.")
            return 0
        }

        Task { @Reactor in await serve(configuration, path: path) }
        while true { pause() }
    }

    private static func complain(_ message: String) -> Int32 {
        write(message + "\n" + usage, to: STDERR_FILENO)
        return misuse
    }

    @Reactor
    private static func serve(_ configuration: Configuration, path: String) async {
        let service = ServiceManager()
        let journal = JournalLog(threshold: configuration.log.level.journalLevel)
        let identity = GatewayIdentity(configuration)
        let gateway = Gateway(configuration: configuration, identity: identity, journal: journal)

        // Signals first: one that comes while the store opens ends the daemon all the same.
        let signals = [
            EventSource.signal(SIGTERM) { stop(gateway, service, journal) },
            EventSource.signal(SIGINT) { stop(gateway, service, journal) },
            EventSource.signal(SIGHUP) { reload(gateway, service, journal, path: path) },
        ]
        await gateway.start()
        if gateway.isLockedOut { exit(failure) }
        withExtendedLifetime(signals) {}

        service.notify(.ready)
        service.notify(.status(gateway.status))
        journal.write(
            .info,
            "touchlined \(GatewayIdentity.version) started: \(gateway.status).",
            id: .started
        )
        keepAlive(service)
        report(gateway, service)
    }

    /// Tells the service manager that the reactor turns; a reactor that hangs tells nothing.
    @Reactor
    private static func keepAlive(_ service: ServiceManager) {
        guard let interval = service.watchdogInterval else { return }
        service.notify(.watchdog)
        Reactor.schedule(afterMicroseconds: interval) { keepAlive(service) }
    }

    /// Keeps `systemctl status` current, and the table on a terminal.
    @Reactor
    private static func report(_ gateway: Gateway, _ service: ServiceManager) {
        var last = ""
        let screen = SquadScreen(hint: gateway.hint)
        gateway.onSecond = { gateway in
            if gateway.status != last {
                last = gateway.status
                service.notify(.status(last))
            }
            if let rows = SquadScreen.terminalRows {
                write(
                    screen.draw(gateway.engine, status: last, at: gateway.now, rows: rows),
                    to: STDOUT_FILENO
                )
            }
        }
    }

    @Reactor
    private static func stop(_ gateway: Gateway, _ service: ServiceManager, _ journal: JournalLog) {
        guard !isStopping else { return }
        isStopping = true
        service.notify(.stopping)
        Task { @Reactor in
            await gateway.stop()
            journal.write(
                .info,
                "touchlined stopped: \(gateway.waiting) messages wait for the next start.",
                id: .stopping
            )
            exit(0)
        }
    }

    @Reactor private static var isStopping = false

    @Reactor
    private static func reload(
        _ gateway: Gateway,
        _ service: ServiceManager,
        _ journal: JournalLog,
        path: String
    ) {
        service.notify(.reloading(monotonicMicroseconds: Machine.monotonicMicroseconds))
        do {
            gateway.reload(try Configuration.load(path: path))
            journal.write(.info, "The configuration was read again.", id: .reload)
        } catch {
            for fault in error.faults { journal.write(.error, "\(fault)", id: .reload) }
            journal.write(.error, "The configuration before stays in force.", id: .reload)
        }
        service.notify(.ready)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

extension Configuration.Log.Level {
    var journalLevel: Journal.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .info: .info
        case .debug: .debug
        }
    }
}

extension StoreOptions {
    /// What the configuration says about the store.
    init(_ configuration: Configuration, identity: GatewayIdentity) {
        self.init(gateway: identity.gateway, machine: identity.machine, boot: identity.boot)
        maxBytes = UInt64(configuration.store.maxSize)
        reserveBytes = UInt64(configuration.store.reserve)
        retention = configuration.store.retention
    }
}
