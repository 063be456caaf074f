import Glibc
import Reactor
import Testing

@Suite struct ReactorTests {
    @Test("All reactor code runs on one thread, which is not the caller's")
    func oneThread() async {
        let first = await threadOnReactor()
        await withTaskGroup(of: UInt.self) { group in
            for _ in 0..<1_000 { group.addTask { await threadOnReactor() } }
            for await thread in group { #expect(thread == first) }
        }
    }

    @Test("A timer fires once for each arming, on the reactor, and neither early nor batched")
    func timer() async {
        let elapsed = await withCheckedContinuation { continuation in
            Task { @Reactor in
                let start = EventSource.now()
                chain(20, start: start) { continuation.resume(returning: EventSource.now() - start) }
            }
        }
        // Batched, twenty would take five seconds; a busy machine makes them late, but not by so much.
        #expect(elapsed >= 20_000)
        #expect(elapsed < 4_000_000)
    }

    @Test("A descriptor is told when it is ready, and no more after it was cancelled")
    func descriptor() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer {
            close(reading)
            close(writing)
        }
        let count = await withCheckedContinuation { continuation in
            Task { @Reactor in
                var count = 0
                var source: EventSource?
                source = EventSource.descriptor(reading, .read) { ready in
                    count += 1
                    #expect(ready.contains(.read))
                    // Nothing is read, so it would fire again at once: the second time it is cancelled.
                    if count == 2 {
                        source?.cancel()
                        Reactor.schedule(afterMicroseconds: 20_000) { continuation.resume(returning: count) }
                    }
                }
                var byte: UInt8 = 1
                write(writing, &byte, 1)
            }
        }
        #expect(count == 2)
    }

    @Test("An actor on a serial thread runs there, and may block without holding up the reactor")
    func serialThread() async {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer {
            close(reading)
            close(writing)
        }
        let blocker = Blocker()
        // It blocks until reactor code lets it go.
        async let isFreed = blocker.wait(for: reading)
        await release(writing)
        let freed = await isFreed
        #expect(freed)
        let (own, other) = (await blocker.thread(), await threadOnReactor())
        #expect(own != other)
    }
}

private actor Blocker {
    private nonisolated let executor = SerialThread(named: "blocker")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func wait(for descriptor: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 60_000) == 1
    }
    func thread() -> UInt { UInt(pthread_self()) }
}

@Reactor private func release(_ descriptor: Int32) {
    var byte: UInt8 = 1
    write(descriptor, &byte, 1)
}

@Reactor private func threadOnReactor() -> UInt { UInt(pthread_self()) }

@Reactor private func chain(_ count: Int, start: UInt64, _ done: @escaping @Reactor () -> Void) {
    guard count > 0 else { return done() }
    Reactor.schedule(afterMicroseconds: 1_000) { chain(count - 1, start: start, done) }
}
