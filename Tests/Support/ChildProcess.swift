import Foundation

/// A program that a test runs beside itself. It is killed with the value, and inherits no descriptors.
///
/// Foundation's `Process` polls for the end of a child, which costs up to a second each.
public final class ChildProcess: @unchecked Sendable {
    // Unchecked: a test drives its children from one task at a time.
    /// 0 once it has ended and its end has been seen.
    public private(set) var identifier: Int32 = 0

    /// `output` is the file that gets standard output and standard error; `nil` drops both.
    public init(_ program: String, _ arguments: [String], output: String? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions,
            1,
            output ?? "/dev/null",
            O_WRONLY | O_CREAT | O_APPEND,
            0o600
        )
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for descriptor in 3..<256 { posix_spawn_file_actions_addclose(&actions, Int32(descriptor)) }
        // Test code runs on threads that block every signal, and a child inherits that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let code = posix_spawn(&identifier, program, &actions, &attributes, &words, environ)
        guard code == 0 else { throw PeerError("\(program): \(String(cString: strerror(code)))") }
    }

    deinit { end(SIGKILL) }

    public func signal(_ number: Int32) { if identifier > 0 { kill(identifier, number) } }

    /// Whether the program has ended by itself.
    public var hasEnded: Bool {
        guard identifier > 0 else { return true }
        guard waitpid(identifier, nil, WNOHANG) == identifier else { return false }
        identifier = 0
        return true
    }

    /// Sends a signal that ends the program, and returns when it has ended.
    public func end(_ number: Int32) {
        signal(number)
        signal(SIGCONT)
        _ = wait()
    }

    /// Returns the exit status when the program has ended by itself; 128 and the signal when by one.
    public func wait() -> Int32 {
        guard identifier > 0 else { return 0 }
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        identifier = 0
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    }
}

/// Runs a program to its end.
public func run(_ program: String, _ arguments: [String]) throws {
    let status = try ChildProcess(program, arguments).wait()
    guard status == 0 else {
        throw PeerError("\(program) \(arguments.joined(separator: " ")) ended with \(status)")
    }
}

/// What kept a test's peer from doing its part.
public struct PeerError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
