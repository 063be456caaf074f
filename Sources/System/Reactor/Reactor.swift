internal import CSystemd
internal import Glibc

/// The actor of everything that touches a radio, a socket or the engine.
///
/// All its code runs on one thread, the one that runs the sd_event loop. State marked `@Reactor` needs
/// no locks. C callbacks of the loop enter with ``assumeIsolated(_:)``; other threads `await`.
@globalActor
public actor Reactor {
    public static let shared = Reactor()
    nonisolated let loop = EventLoop()

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    /// The `sd_event` itself, for the libraries of systemd that attach themselves to it.
    @Reactor public static var event: OpaquePointer { shared.loop.event }

    /// Calls `body` once, when at least `microseconds` have passed.
    @Reactor
    public static func schedule(afterMicroseconds delay: UInt64, _ body: @escaping @Reactor () -> Void) {
        EventSource.once(afterMicroseconds: delay, body)
    }

    /// Runs `body` at once, as reactor code. For C callbacks only.
    ///
    /// - Precondition: The caller is on the reactor's thread; otherwise the process stops here.
    public static func assumeIsolated<Result: Sendable>(
        _ body: @Reactor () throws -> Result
    ) rethrows -> Result {
        shared.preconditionIsolated()
        // The check makes the isolation true and the cast says so. MainActor.assumeIsolated does the same.
        return try withoutActuallyEscaping(body) { isolated in
            try unsafeBitCast(isolated, to: (() throws -> Result).self)()
        }
    }
}
