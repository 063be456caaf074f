internal import CSystemd
internal import Glibc

/// Something that the reactor's loop waits for: a descriptor, a timer, a signal.
///
/// It lives until ``cancel()``; dropping the last reference cancels nothing.
@Reactor
public final class EventSource {
    /// What a descriptor is waited for, and what it is ready for.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let read = Interest(rawValue: UInt32(EPOLLIN.rawValue))
        public static let write = Interest(rawValue: UInt32(EPOLLOUT.rawValue))
        /// Always reported, never asked for.
        public static let error = Interest(rawValue: UInt32(EPOLLERR.rawValue | EPOLLHUP.rawValue))
    }

    private var source: OpaquePointer?
    private let fire: @Reactor (Interest) -> Void

    private init(_ fire: @escaping @Reactor (Interest) -> Void) { self.fire = fire }

    /// Calls `fire` whenever `descriptor` is ready. The descriptor stays the caller's.
    public static func descriptor(
        _ descriptor: Int32,
        _ interest: Interest,
        _ fire: @escaping @Reactor (Interest) -> Void
    ) -> EventSource {
        guard let source = descriptorIfPollable(descriptor, interest, fire) else {
            preconditionFailure("The reactor cannot wait for descriptor \(descriptor).")
        }
        return source
    }

    /// The same for a descriptor that comes from outside and may be of a kind that cannot be waited for, such
    /// as a regular file; `nil` then.
    public static func descriptorIfPollable(
        _ descriptor: Int32,
        _ interest: Interest,
        _ fire: @escaping @Reactor (Interest) -> Void
    ) -> EventSource? {
        let this = EventSource(fire)
        let retained = Unmanaged.passRetained(this)
        let code = sd_event_add_io(
            Reactor.shared.loop.event,
            &this.source,
            descriptor,
            interest.rawValue,
            { _, _, ready, this in EventSource.call(this, Interest(rawValue: ready)) },
            retained.toOpaque()
        )
        guard code >= 0 else {
            retained.release()
            return nil
        }
        return this
    }

    /// Waits for something else from now on; the empty set waits for errors only.
    public func setInterest(_ interest: Interest) {
        if let source { sd_event_source_set_io_events(source, interest.rawValue) }
    }

    /// A timer that ``set(atMicroseconds:)`` arms. It fires once for each arming.
    ///
    /// `accuracy` is how late it may fire, so that the kernel can batch wake-ups; at least 1 µs, because 0
    /// would mean sd_event's default of 250 ms.
    public static func timer(
        accuracyMicroseconds accuracy: UInt64 = 1_000,
        _ fire: @escaping @Reactor () -> Void
    ) -> EventSource {
        precondition(accuracy > 0)
        let this = EventSource { _ in fire() }
        let code = sd_event_add_time(
            Reactor.shared.loop.event,
            &this.source,
            CLOCK_BOOTTIME,
            .max,
            accuracy,
            { _, _, this in EventSource.call(this, []) },
            Unmanaged.passRetained(this).toOpaque()
        )
        precondition(code >= 0, "The reactor cannot make a timer: \(code).")
        return this
    }

    /// Arms a timer for a reading of CLOCK_BOOTTIME; replaces an earlier arming.
    public func set(atMicroseconds time: UInt64) {
        guard let source else { return }
        sd_event_source_set_time(source, time)
        sd_event_source_set_enabled(source, Int32(SD_EVENT_ONESHOT))
    }

    /// Calls `fire` when the process gets `signal`.
    ///
    /// - Precondition: The signal is blocked in every thread of the process; see ``blockSignals(_:)``.
    public static func signal(_ signal: Int32, _ fire: @escaping @Reactor () -> Void) -> EventSource {
        let this = EventSource { _ in fire() }
        let code = sd_event_add_signal(
            Reactor.shared.loop.event,
            &this.source,
            signal,
            { _, _, this in EventSource.call(this, []) },
            Unmanaged.passRetained(this).toOpaque()
        )
        precondition(code >= 0, "The reactor cannot wait for signal \(signal): \(code).")
        return this
    }

    /// Blocks signals in the calling thread and every thread that it will start. First thing in `main`.
    nonisolated public static func blockSignals(_ signals: [Int32]) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Stops waiting. Calling it twice, or from its own callback, is fine.
    public func cancel() {
        guard let source else { return }
        self.source = nil
        sd_event_source_disable_unref(source)
        Unmanaged.passUnretained(self).release()
    }

    static func once(afterMicroseconds delay: UInt64, _ body: @escaping @Reactor () -> Void) {
        var timer: EventSource?
        timer = EventSource.timer {
            timer?.cancel()
            timer = nil
            body()
        }
        timer?.set(atMicroseconds: now() + delay)
    }

    /// CLOCK_BOOTTIME in microseconds.
    nonisolated public static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }

    nonisolated private static func call(_ this: UnsafeMutableRawPointer?, _ ready: Interest) -> Int32 {
        let source = Unmanaged<EventSource>.fromOpaque(this!).takeUnretainedValue()
        Reactor.assumeIsolated { source.fire(ready) }
        return 0
    }
}
