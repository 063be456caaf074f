internal import Glibc

/// An executor with a thread of its own, for an actor whose calls may block: the store's disk.
///
///     actor Store {
///         private nonisolated let thread = SerialThread(named: "store")
///         nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
///     }
///
/// Its thread lives as long as the process, so make few.
public final class SerialThread: SerialExecutor {
    private let inbox = Inbox()

    public init(named name: String) {
        // The thread keeps its executor alive: nothing may be deallocated under a blocked read.
        startThread(named: name) { [self] in self.run() }
    }

    public func enqueue(_ job: UnownedJob) { inbox.put(job) }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    private func run() -> Never {
        var waiting = pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            poll(&waiting, 1, -1)
            for job in inbox.takeAll() { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }
}
