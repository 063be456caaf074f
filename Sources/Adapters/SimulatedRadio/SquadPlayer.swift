import Simulation
import Wire

/// Maps the time of a squad onto a clock, at a speed and with pauses. A value without a clock of its own.
struct SquadPlayer: Sendable {
    private(set) var squad: Squad
    /// Simulated seconds per second.
    private let speed: Double
    /// The instant of the squad that is played at ``playedAt``.
    private var squadOrigin: Instant
    private var playedAt: Instant
    /// Until when frames have been handed over.
    private var reached: Instant
    private var pausedAt: Instant?

    /// A player that pauses at `start`.
    ///
    /// - Precondition: speed > 0.
    init(_ squad: Squad, from start: Instant, speed: Double) {
        precondition(speed > 0)
        precondition(speed.isFinite)
        (self.squad, self.speed) = (squad, speed)
        (squadOrigin, playedAt, reached, pausedAt) = (squad.now, start, start, start)
    }

    mutating func pause(at now: Instant) { if pausedAt == nil { pausedAt = now } }

    mutating func resume(at now: Instant) {
        guard let pausedAt else { return }
        shift(by: now - pausedAt)
        self.pausedAt = nil
    }

    /// Lets the squad stand still through a time in which nobody asked for frames, if it was long.
    mutating func skipAbsence(until now: Instant, longerThan limit: Nanoseconds) {
        if now - reached > limit { shift(by: now - reached) }
    }

    /// The next frame that is played before `now`, stamped with the instant at which it is.
    mutating func next(before now: Instant) -> Frame? {
        guard pausedAt == nil else { return nil }
        guard var frame = squad.next(before: squadTime(at: now)) else {
            reached = max(reached, now)
            return nil
        }
        frame.time = min(clockTime(of: frame.time), now)
        return frame
    }

    private mutating func shift(by pause: Nanoseconds) {
        guard pause > 0 else { return }
        playedAt = playedAt + pause
        reached = reached + pause
    }

    private func squadTime(at now: Instant) -> Instant {
        squadOrigin + (speed == 1 ? now - playedAt : Nanoseconds(Double(now - playedAt) * speed))
    }

    private func clockTime(of time: Instant) -> Instant {
        playedAt + (speed == 1 ? time - squadOrigin : Nanoseconds(Double(time - squadOrigin) / speed))
    }
}
