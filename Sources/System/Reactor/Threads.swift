internal import CSystemd
internal import Glibc

/// Starts a thread that lives as long as the process, with every signal blocked: signals belong to the
/// reactor's signalfd.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    var handle = pthread_t()
    let code = pthread_create(
        &handle,
        nil,
        { body in
            Unmanaged<Body>.fromOpaque(body!).takeRetainedValue().run()
            return nil
        },
        Unmanaged.passRetained(
            Body {
                set_thread_name(name); body()
            }
        ).toOpaque()
    )
    precondition(code == 0, "A thread is needed: \(name).")
}
