import Wire

/// Follows the clock with which an ANT stick stamps what it receives, 1/32768 s modulo 2 s, and so finds out
/// when a message was on the air although USB delivered it late.
///
///     delay = arrival − offset − stamp     modulo 2 s, within −0.25...1.75 s
///
/// The offset is that of the quickest message of late: one that is quicker still lowers it at once, and every
/// two seconds it rises to the quickest of those, which follows the drift of the crystal and a stick that
/// began anew. Stamps are trusted while most delays are short: a firmware that stamps everything alike is
/// found out. Without trust the time of arrival stands.
struct StampClock: Hashable, Sendable {
    private static let turn = 2 * Nanoseconds.second
    private static let earliest = -250 * Nanoseconds.millisecond
    /// Chosen: USB and a busy machine take tens of milliseconds; a stall of up to a second is over within
    /// two, so that less than half of the messages of that time suffer from it.
    private static let long = 500 * Nanoseconds.millisecond
    private static let windowLength = 2 * Nanoseconds.second
    private static let windowMinimum = 16
    /// Captures and simulations let a message be overtaken by others; a stick does not.
    private static let overtaking = 500 * Nanoseconds.millisecond

    private(set) var isTrusted = false
    /// Arrival less stamp of the quickest message; `nil` before the first.
    private var offset: Nanoseconds?
    /// The newest moment on the stick's clock, unwound.
    private var newest: Nanoseconds = 0
    private var window = Window()

    private struct Window: Hashable {
        var start = Instant(nanoseconds: 0)
        var count = 0
        var longCount = 0
        var shortest = Nanoseconds.max
    }

    /// When the radio received the message that arrived at `time`, as far as that can be told.
    mutating func reception(stamp: UInt16?, at time: Instant) -> Instant {
        guard let stamp else { return time }
        let onStick = Nanoseconds(stamp) * .second >> 15
        guard let offset else { return begin(onStick, at: time) }

        var delay = (time.nanoseconds - offset - onStick) % Self.turn
        if delay < 0 { delay += Self.turn }
        if delay >= Self.turn + Self.earliest { delay -= Self.turn }
        let unwound = time.nanoseconds - offset - delay
        guard unwound >= newest - Self.overtaking else { return begin(onStick, at: time) }
        newest = max(newest, unwound)
        if delay < 0 {
            self.offset = offset + delay
            newest -= delay
            delay = 0
        }
        note(delay, at: time)
        return isTrusted ? time - delay : time
    }

    private mutating func begin(_ onStick: Nanoseconds, at time: Instant) -> Instant {
        offset = time.nanoseconds - onStick
        newest = onStick
        isTrusted = false
        window = Window(start: time)
        return time
    }

    private mutating func note(_ delay: Nanoseconds, at time: Instant) {
        window.count += 1
        window.longCount += delay > Self.long ? 1 : 0
        window.shortest = min(window.shortest, delay)
        guard window.count >= Self.windowMinimum, time - window.start >= Self.windowLength else { return }
        isTrusted = 2 * window.longCount < window.count
        offset = (offset ?? 0) + window.shortest
        newest -= window.shortest
        window = Window(start: time)
    }
}
