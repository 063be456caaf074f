public import Reactor
public import Simulation
public import Wire

/// Plays a squad into a sink as if its frames came from radios, by the reactor's clock.
///
/// It wakes up at most 20 times a second and hands over all frames that have arrived since. Each keeps its
/// own time of arrival, a reading of CLOCK_BOOTTIME; the sink gets it up to 55 ms later (50 ms until the next
/// wake-up, 5 ms because the kernel may batch timers). When to play what follows from the clock alone, so
/// nothing drifts. When the reactor was away for more than a second (suspend, a debugger), the squad pauses
/// for as long instead of flooding the sink.
@Reactor
public final class SimulatedRadio {
    /// Microseconds between two wake-ups.
    static let wakeInterval: UInt64 = 50_000
    /// The reactor's absence that counts as a pause.
    private static let absenceMaximum = Nanoseconds.second

    /// The squad as played so far: its roster and its truth.
    public var squad: Squad { player.squad }

    private var player: SquadPlayer
    private var timer: EventSource?
    private let sink: @Reactor (Frame) -> Void

    /// - Parameters:
    ///   - speed: Simulated seconds per second, above 0. Frames are stamped with the instant at which they
    ///     are played, so with a speed other than 1 the clocks of sensors run fast or slow against them.
    ///   - makeSquad: Makes the squad for the instant at which it is to appear: now.
    ///   - sink: Gets the frames in order of their time. It may call ``stop()``.
    public init(
        speed: Double = 1,
        _ makeSquad: (Instant) -> Squad,
        sink: @escaping @Reactor (Frame) -> Void
    ) {
        let now = Self.now()
        player = SquadPlayer(makeSquad(now), from: now, speed: speed)
        self.sink = sink
    }

    /// Begins to play, or goes on where ``stop()`` ended. Starting twice changes nothing.
    public func start() {
        guard timer == nil else { return }
        player.resume(at: Self.now())
        // The timer keeps the radio alive until `stop`.
        timer = EventSource.timer(accuracyMicroseconds: 5_000) { self.wake() }
        timer?.set(atMicroseconds: EventSource.now() + Self.wakeInterval)
    }

    /// Stops playing. No frame reaches the sink after it.
    public func stop() {
        timer?.cancel()
        timer = nil
        player.pause(at: Self.now())
    }

    private func wake() {
        let now = Self.now()
        player.skipAbsence(until: now, longerThan: Self.absenceMaximum)
        while timer != nil, let frame = player.next(before: now) { sink(frame) }
        timer?.set(atMicroseconds: EventSource.now() + Self.wakeInterval)
    }

    private static func now() -> Instant { Instant(nanoseconds: Int64(EventSource.now()) * 1_000) }
}
