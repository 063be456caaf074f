internal import Reactor
internal import Synchronization

/// The thread on which names are resolved and certificates are read, because both may block.
///
/// `mosquitto_connect_bind_async` calls getaddrinfo, which on glibc takes up to 2 × 5 s per name server that
/// is silent, and takes the host name and not an address, because TLS needs the name. Then it connects
/// without blocking. So this one call is made here, and the handle moves to the reactor when it returns.
///
/// One thread serves all connections: a name server that is silent delays them all by its timeout.
actor Dialler {
    static let shared = Dialler()

    /// Tells the dialler that nobody waits for the answer any more.
    final class Ticket: Sendable {
        private let abandoned = Atomic<Bool>(false)
        var isAbandoned: Bool { abandoned.load(ordering: .relaxed) }
        func abandon() { abandoned.store(true, ordering: .relaxed) }
    }

    private nonisolated let thread = SerialThread(named: "mqtt-dial")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func dial(_ options: ConnectOptions, _ ticket: Ticket) -> Result<Handle, MosquittoError> {
        if ticket.isAbandoned { return .failure(.lost("given up")) }
        do throws(MosquittoError) {
            let handle = try Handle(options)
            try handle.connect(options)
            return .success(handle)
        } catch {
            return .failure(error)
        }
    }
}
