import Glibc

/// A program that this one started, and that does not outlive it.
///
/// `setpriv --pdeathsig` (util-linux) stands in front of it, so that the kernel signals the child when this
/// program dies, even by SIGKILL.
final class ChildProcess {
    private let pid: pid_t
    private var ending: Int32?

    /// - Parameters:
    ///   - arguments: The program's path first.
    ///   - deathSignal: What the child gets when this program dies, without `SIG`.
    ///   - mask: The signals that the child has blocked.
    ///   - log: Where its output goes. It then also leaves the terminal's process group, so that Ctrl-C does
    ///     not reach it. `nil`: it shares the terminal.
    /// - Throws: ``DemoFailure`` when it cannot be started.
    init(
        _ arguments: [String],
        deathSignal: String,
        mask: sigset_t,
        log: String? = nil
    ) throws(DemoFailure) {
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
        posix_spawnattr_init(&attributes)
        posix_spawn_file_actions_init(&actions)
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
        }
        var mask = mask
        var flags = POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setsigmask(&attributes, &mask)
        if let log {
            flags |= POSIX_SPAWN_SETPGROUP
            posix_spawnattr_setpgroup(&attributes, 0)
            let mode = O_WRONLY | O_CREAT | O_TRUNC
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, mode, 0o644)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let words = ["setpriv", "--pdeathsig", deathSignal, "--"] + arguments
        let argv = words.map { strdup($0) } + [nil]
        let environment = try Self.environment().map { strdup($0) } + [nil]
        defer { for word in argv + environment { free(word) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, "setpriv", &actions, &attributes, argv, environment)
        guard failure == 0 else { throw .system("start", words.joined(separator: " "), failure) }
        self.pid = pid
    }

    /// What this program was given. `environ` itself is a variable that any thread may change.
    private static func environment() throws(DemoFailure) -> [String] {
        try read("/proc/self/environ").split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    var isRunning: Bool { status() == nil }

    /// How it ended: its exit status, or 128 and the number of the signal. `nil` while it runs.
    func status() -> Int32? { wait(WNOHANG) }

    func signal(_ number: Int32) {
        if ending == nil { kill(pid, number) }
    }

    /// Asks it to end, and waits until it has.
    func end() {
        signal(SIGTERM)
        while wait(0) == nil {}
    }

    private func wait(_ options: Int32) -> Int32? {
        guard ending == nil else { return ending }
        var status: Int32 = 0
        let result = waitpid(pid, &status, options)
        if result == pid {
            let signal = status & 0x7F
            ending = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        } else if result < 0, errno != EINTR {
            ending = 1  // Nobody to wait for: cannot happen to a child of ours, and must not loop.
        }
        return ending
    }
}

/// Signals, taken one after the other instead of interrupting.
struct SignalQueue {
    /// The mask before the signals were blocked.
    let before: sigset_t
    private let signals: sigset_t

    init(_ numbers: [Int32]) {
        var signals = sigset_t()
        var before = sigset_t()
        sigemptyset(&signals)
        for number in numbers { sigaddset(&signals, number) }
        sigprocmask(SIG_BLOCK, &signals, &before)
        (self.signals, self.before) = (signals, before)
    }

    /// The next signal, waited for.
    func next() -> Int32 {
        var signals = signals
        var number: Int32 = 0
        while sigwait(&signals, &number) != 0 {}
        return number
    }
}
