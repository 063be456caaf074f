internal import CSystemd
internal import Glibc
internal import Synchronization

/// One thread that runs an sd_event loop and, between events, the jobs of the ``Reactor`` actor.
final class EventLoop: SerialExecutor {
    private let inbox = Inbox()
    /// Used by the loop's thread alone, once `init` has returned.
    nonisolated(unsafe) let event: OpaquePointer
    /// The loop's thread, or 0 until it runs.
    private let thread = Atomic<UInt>(0)

    /// Starts the loop. Its thread lives as long as the process.
    init() {
        var event: OpaquePointer?
        precondition(sd_event_new(&event) >= 0, "The reactor needs an event loop.")
        self.event = event!

        let onJobs: sd_event_io_handler_t = { _, _, _, this in
            Unmanaged<EventLoop>.fromOpaque(this!).takeUnretainedValue().runJobs()
            return 0
        }
        let this = Unmanaged.passRetained(self).toOpaque()
        sd_event_add_io(event, nil, inbox.descriptor, UInt32(EPOLLIN.rawValue), onJobs, this)

        startThread(named: "reactor") { [unowned self] in self.run() }
    }

    func enqueue(_ job: UnownedJob) { inbox.put(job) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Lets a C callback, which runs outside any Swift task, prove that it is on the actor (SE-0424).
    func checkIsolated() {
        precondition(thread.load(ordering: .acquiring) == UInt(pthread_self()), "Not on the reactor.")
    }

    private func run() -> Never {
        thread.store(UInt(pthread_self()), ordering: .releasing)
        let code = sd_event_loop(event)
        fatalError("The reactor loop ended: \(code)")
    }

    /// Runs the jobs that have arrived so far. Jobs that they enqueue wait for the next turn of the
    /// loop, so a chatty task starves neither radios nor timers.
    private func runJobs() {
        for job in inbox.takeAll() { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}
