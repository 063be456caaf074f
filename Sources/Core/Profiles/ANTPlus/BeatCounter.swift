import Wire

/// Follows the two roll-over values of a heart-rate strap, the number of beats (8 bits) and the time of the
/// newest beat (16 bits, 1/1024 s), through loss, repetition and reordering.
///
/// A step forward is believed when neither value can have wrapped more than once and both agree with the time
/// that passed since the beat before:
///
///     beats   ≤ 6 + 5 · silence       300 beats/min and one page of slack
///     elapsed ≤ silence + 4 s         the newest beat of a page is at most one long interval old
///     silence ≤ 60 s                  the time wraps after 64 s
///
/// Up to four beats backwards, with the time backwards too, is a page that arrived late. Anything else is
/// another start of counting: a strap that restarted, or a silence in which the truth was lost.
struct BeatCounter: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        /// The first page, or the first after the count was lost: it only marks where counting starts.
        case started
        /// Nothing new since the page before.
        case repeated
        /// A page from before the newest one. It changes nothing.
        case late
        /// `count` > 0 more beats; `elapsed` lies between the last beat known and the newest, 1/1024 s.
        case beats(count: Int, elapsed: UInt16)
    }

    private struct Newest: Hashable, Sendable {
        var count: UInt8
        var eventTime: UInt16
        var arrival: Instant
    }

    private var newest: Newest?
    private var lateInSuccession = 0

    private static let silenceLimit = 60 * Nanoseconds.second
    private static let lateBeatsLimit = 4
    /// After two seconds of late pages the strap has restarted; late pages come singly.
    private static let lateLimit = 8

    mutating func take(count: UInt8, eventTime: UInt16, at time: Instant) -> Step {
        let step = step(count: count, eventTime: eventTime, at: time)
        switch step {
        case .repeated: lateInSuccession = 0
        case .late: lateInSuccession += 1
        case .started, .beats:
            newest = Newest(count: count, eventTime: eventTime, arrival: time)
            lateInSuccession = 0
        }
        return step
    }

    private func step(count: UInt8, eventTime: UInt16, at time: Instant) -> Step {
        guard let newest else { return .started }
        let beats = Int(count &- newest.count)
        let elapsed = eventTime &- newest.eventTime
        if beats == 0, elapsed == 0 { return .repeated }

        if beats >= 256 - Self.lateBeatsLimit, elapsed > 0x8000, lateInSuccession < Self.lateLimit,
            time - newest.arrival < 10 * .second
        {
            return .late
        }
        let silence = max(0, time - newest.arrival)
        guard silence <= Self.silenceLimit else { return .started }
        let seconds = Double(silence) / 1e9
        guard beats > 0, Double(beats) <= 6 + 5 * seconds, Double(elapsed) / 1024 <= seconds + 4
        else { return .started }
        return .beats(count: beats, elapsed: elapsed)
    }
}
