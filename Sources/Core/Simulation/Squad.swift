public import Wire

/// A squad of runners with straps and pods, heard by one ANT stick and one Bluetooth adapter.
///
/// It yields the frames that a gateway would receive, in order of their arrival. The same arguments give the
/// same frames byte for byte, on every machine. What the runners do depends on the seed alone, not on the
/// weather nor on how many others there are.
///
/// - Complexity: log n per frame for n sensors; measured, 22 athletes: 0.5 µs a frame, no allocation
///   after the first seconds unless the beats are kept, below 0.01 % of a core in real time.
public struct Squad: Sendable {
    /// The names of the sources, as ``SourceIndex`` numbers them.
    public static let sources = ["ant0", "hci0"]
    public static let antSource = SourceIndex(0)
    public static let bleSource = SourceIndex(1)
    /// So many device numbers are still drawn quickly.
    public static let athletesMaximum = 1000
    /// How long one ANT message is on the air.
    static let airTime: Nanoseconds = 150_000

    public let roster: [RosterEntry]
    public private(set) var tally = Tally()
    /// When the last frame or loss was.
    public private(set) var now: Instant

    private var athletes: [Athlete]
    private var senders: [Sender]
    private var antStraps: [ANTStrap]
    private var antPods: [ANTPod]
    private var bleStraps: [BLEStrap]
    private var broadcasts: [StrapBroadcast]
    private let blePods: [BLEPod]
    private var fieldSensors: [FieldSensor]

    private var queue = SenderQueue()
    private var delayed: DelayLine
    private var air = Air()
    private let collide: Bool
    /// What the stick's clock showed at instant 0, 1/32768 s.
    private let stampOffset: UInt16

    /// The newest ANT message, which the next one may still destroy.
    private struct Air: Sendable {
        /// When it has been received; the largest instant when there is none.
        var end = Instant(nanoseconds: .max)
        var frame = Frame(
            time: Instant(nanoseconds: 0),
            source: antSource,
            sensor: SensorID(rawValue: 0),
            channel: .antPage,
            payload: Payload()
        )
        var fate: Sender.Fate?
    }

    /// - Parameters:
    ///   - athletes: 1...``athletesMaximum``.
    ///   - seed: What happens follows from it.
    ///   - start: When the squad appears, at least 0.
    ///   - weather: What the radio does to frames.
    ///   - kit: What the athletes wear.
    ///   - keepsBeats: Whether ``truth(of:)`` tells every beat; costs 8 bytes a beat.
    public init(
        athletes: Int,
        seed: UInt64,
        start: Instant,
        weather: Weather = .typical,
        kit: Kit = .standard,
        keepsBeats: Bool = false
    ) {
        precondition((1...Self.athletesMaximum).contains(athletes))
        precondition(start.nanoseconds >= 0)
        var locker = Locker(seed: seed, start: start, weather: weather, kit: kit, keepsBeats: keepsBeats)
        for _ in 0..<athletes { locker.dressNext() }
        roster = locker.roster
        (self.athletes, senders) = (locker.athletes, locker.senders)
        (antStraps, antPods) = (locker.antStraps, locker.antPods)
        broadcasts = locker.broadcasts
        (bleStraps, blePods, fieldSensors) = (locker.bleStraps, locker.blePods, locker.fieldSensors)
        stampOffset = locker.stampOffset
        collide = weather.collisions
        now = start
        delayed = DelayLine(capacity: 2 * locker.senders.count)
        for (index, sender) in senders.enumerated() {
            queue.insert(SenderQueue.Entry(time: sender.onAir, sender: index))
        }
    }

    /// The next frame.
    public mutating func next() -> Frame {
        while true {
            if let frame = step() { return frame }
        }
    }

    /// The next frame if it arrives before `end`. Otherwise nothing will arrive before `end` any more.
    public mutating func next(before end: Instant) -> Frame? {
        while upcoming < end {
            if let frame = step() { return frame }
        }
        return nil
    }

    /// Calls `body` with every further frame that arrives before `end`.
    public mutating func frames(until end: Instant, _ body: (Frame) -> Void) {
        while let frame = next(before: end) { body(frame) }
    }

    /// What happened to the athlete at `index` in the roster.
    ///
    /// - Precondition: The roster has such an index.
    public func truth(of index: Int) -> Truth {
        // The athlete has lived until its last message; a copy may live on.
        var athlete = athletes[index]
        athlete.advance(to: now)
        return Truth(athlete, at: now)
    }

    /// Frames that have been sent and not yet arrived.
    var underWay: Int { delayed.count + (air.end < Instant(nanoseconds: .max) ? 1 : 0) }

    /// When something happens next.
    private var upcoming: Instant { min(queue.first.time, min(air.end, delayed.next)) }

    /// Lets the next thing happen; it may be a frame that arrives.
    private mutating func step() -> Frame? {
        let time = upcoming
        now = max(now, time)
        if delayed.next == time { return delayed.removeNext() }
        if air.end == time { return receive() }
        return send(at: time)
    }

    /// The message in the air is over, and arrives if nothing took it.
    private mutating func receive() -> Frame? {
        air.end = Instant(nanoseconds: .max)
        guard let fate = air.fate else { return nil }
        return deliver(air.frame, fate)
    }

    private mutating func deliver(_ frame: Frame, _ fate: Sender.Fate) -> Frame? {
        if fate.isFaded {
            tally.faded += 1
            return nil
        }
        var frame = frame
        frame.time = frame.time + fate.delay
        if let repetition = fate.repetition {
            tally.duplicated += 1
            var copy = frame
            copy.time = copy.time + repetition
            delayed.insert(copy)
        }
        guard fate.delay == 0 else {
            tally.delayed += 1
            delayed.insert(frame)
            return nil
        }
        return frame
    }

    /// Lets the next sender send.
    private mutating func send(at time: Instant) -> Frame? {
        let index = queue.first.sender
        let fate = senders[index].send(at: time)
        queue.rescheduleFirst(at: senders[index].onAir)
        let athlete = senders[index].athlete
        athletes[athlete].advance(to: time)

        let channel: Channel
        let payload: Payload
        switch senders[index].equipment {
        case .antStrap(let strap):
            (channel, payload) = (.antPage, antStraps[strap].page(of: athletes[athlete], at: time))
        case .antPod(let pod):
            (channel, payload) = (.antPage, antPods[pod].page(of: athletes[athlete], at: time))
        case .bleStrap(let strap):
            channel = .characteristic(HeartRateMeasurementEncoder.characteristic)
            payload = bleStraps[strap].value(of: athletes[athlete], at: time)
        case .broadcast(let strap):
            channel = .advertisement
            payload = broadcasts[strap].advertisement(of: athletes[athlete], at: time)
        case .blePod(let pod):
            channel = .characteristic(RunningSpeedCadenceEncoder.characteristic)
            payload = blePods[pod].value(of: athletes[athlete], at: time)
        case .field(let sensor):
            (channel, payload) = (.antPage, fieldSensors[sensor].page(of: athletes[athlete], at: time))
        case .battery(let level):
            channel = .characteristic(AttributeUUID(0x2A19))
            var value = Payload()
            value.append(level)
            payload = value
        }
        guard !fate.isAbsent else { return nil }
        tally.sent += 1

        let isANT = senders[index].isANT
        let frame = Frame(
            time: isANT ? time + Self.airTime : time,
            source: isANT ? Self.antSource : Self.bleSource,
            sensor: senders[index].sensor,
            channel: channel,
            strength: fate.strength,
            receiveStamp: isANT ? stamp(at: time) : nil,
            payload: payload
        )
        return isANT ? broadcast(frame, fate) : deliver(frame, fate)
    }

    /// Puts an ANT message on the air, where it may meet the one before.
    private mutating func broadcast(_ frame: Frame, _ fate: Sender.Fate) -> Frame? {
        let isBusy = air.end < Instant(nanoseconds: .max)
        guard isBusy else {
            (air.end, air.frame, air.fate) = (frame.time, frame, fate)
            return nil
        }
        guard collide else {
            if let frame = deliver(frame, fate) { delayed.insert(frame) }
            return nil
        }
        if air.fate != nil { tally.collided += 1 }
        tally.collided += 1
        (air.end, air.fate) = (frame.time, nil)
        return nil
    }

    /// The stick's clock, modulo 2 s.
    private func stamp(at time: Instant) -> UInt16 {
        let (seconds, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: .second)
        let ticks = (seconds << 15) + (rest << 15) / .second
        return UInt16(truncatingIfNeeded: ticks) &+ stampOffset
    }
}
