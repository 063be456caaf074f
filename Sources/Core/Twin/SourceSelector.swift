import Wire

/// Chooses, for one group of metrics, which of an athlete's sensors to believe.
///
/// One sensor feeds a group at a time, the others are kept as evidence. It stays as long as it delivers.
/// When it falls silent, another that delivers takes over; when a better one (one that tells single beats,
/// or one that counts distance) has delivered steadily, it takes over too, because quality is worth one
/// change, and no more than one. One that tells only what stands beside (cadence without speed, cranks
/// without power) leads the group while nobody else does: it gives way at once, and steps in only when the
/// other's values are not known any more.
struct SourceSelector: Hashable, Sendable {
    /// How long a better sensor must have delivered before it takes over. Chosen: long enough that a strap
    /// at the edge of its range does not make the source flap.
    static let probation = 10 * Nanoseconds.second

    /// From the last value of one sensor to the first of the next, where values come every second or more
    /// often. A promise to the user, see the design.
    static let changeOver = 2 * Nanoseconds.second

    struct Source: Hashable, Sendable {
        let sensor: SensorID
        /// Messages a second that it should deliver, 0 when unknown.
        var rate: Double
        /// Messages that arrived in the running second, and when the newest one did.
        var received = 0
        var lastHeard: Instant?
        /// When it last gave a value, and since when it has given values without a longer silence.
        var lastValue: Instant?
        var steadySince: Instant
        /// Whether it touches skin, as far as it can tell.
        var hasContact = true
        /// Whether it gives what the group is best built on: single beats, counted distance.
        var isRich = false
        /// Whether it gives what the group is asked for most.
        var isLeading = false
        var leads: Bool { isLeading || isRich }
        /// Its newest beats, and when the last one came.
        var beats = RecentBeats()
        var lastBeat: Instant?
        /// Metres and strides so far.
        var distance = Counter()
        var strides = Counter()

        /// Between two messages, with a quarter of slack; the rate is known.
        var interval: Nanoseconds { Nanoseconds(1.25e9 / rate) }

        /// Whether it has told beats and no longer does, though it may still tell a rate: a strap whose link
        /// is lost and whose broadcast is heard. At a low rate beats are far between.
        func isBeatless(at time: Instant, patience: Nanoseconds) -> Bool {
            guard let lastBeat else { return false }
            let interval = Nanoseconds(beats.last) * .second / 1024
            return time - lastBeat > max(patience, 2 * interval)
        }

        subscript(kind: Counter.Kind) -> Counter {
            get { kind == .distance ? distance : strides }
            set { if kind == .distance { distance = newValue } else { strides = newValue } }
        }
    }

    /// A growing total of one sensor.
    struct Counter: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case distance, strides }

        /// The last reading, and when it came.
        var total = 0.0
        var time: Instant?
        /// Up to which reading the sum knows of it; `nil` when nobody can tell.
        var counted: Double?

        mutating func settle() { if time != nil { counted = total } }
    }

    /// More sensors than anybody wears. Further ones are ignored until one of these is forgotten.
    static let capacity = 8

    private(set) var sources: [Source] = []
    private(set) var current: Int?
    /// A sensor that gives no value for this long is replaced by one that does.
    private let patience: Nanoseconds
    /// How long its values are known.
    private let staleness: Nanoseconds

    init(_ group: MetricGroup) { (patience, staleness) = (group.patience, group.staleness) }

    var sensor: SensorID? { current.map { sources[$0].sensor } }

    /// Finds the sensor or adds it; `nil` when there are too many.
    mutating func index(of sensor: SensorID, rate: Double, at time: Instant) -> Int? {
        if let index = sources.firstIndex(where: { $0.sensor == sensor }) { return index }
        guard sources.count < Self.capacity else { return nil }
        sources.append(Source(sensor: sensor, rate: rate, steadySince: time))
        return sources.count - 1
    }

    mutating func withSource<Result>(_ index: Int, _ body: (inout Source) -> Result) -> Result {
        body(&sources[index])
    }

    /// A sensor gave a value: answers whether it is the one to believe.
    mutating func believe(_ index: Int, at time: Instant) -> Bool {
        let isSteady = sources[index].lastValue.map { time - $0 <= patience } ?? false
        if !isSteady { sources[index].steadySince = time }
        sources[index].lastValue = time
        guard let current, current != index else {
            self.current = index
            return true
        }
        let silence = sources[current].lastValue.map { time - $0 } ?? .max
        guard sources[index].leads == sources[current].leads else {
            guard sources[index].leads || silence > staleness else { return false }
            self.current = index
            return true
        }
        let isBetter = sources[index].isRich && !sources[current].isRich
        let isProven = time - sources[index].steadySince >= Self.probation
        let hasBeatsAlone =
            sources[current].isBeatless(at: time, patience: patience)
            && sources[index].lastBeat.map { time - $0 <= patience } ?? false
        guard silence > patience(with: index) || isBetter && isProven || hasBeatsAlone else { return false }
        self.current = index
        return true
    }

    /// How long the source in use may be silent before this one takes over. One that sends seldom must do so
    /// earlier, or its next value would come after the change-over is due; but the source in use gets the
    /// time between two of its own messages.
    private func patience(with index: Int) -> Nanoseconds {
        guard patience <= Self.changeOver, sources[index].rate > 0, let current else { return patience }
        let early = Self.changeOver - Nanoseconds(1.05e9 / sources[index].rate)
        let own = sources[current].rate > 0 ? sources[current].interval : patience
        return min(patience, max(early, own))
    }

    /// Takes in a reading of a counter. A change of source neither loses nor repeats what is counted: the sum
    /// goes on from the reading that the new source had when the one before last added to it. A source that
    /// was itself silent then has no such reading, and starts anew.
    ///
    /// - Returns: What to add to the sum, from a source that is believed.
    mutating func count(
        _ total: Double,
        by counter: Counter.Kind,
        of index: Int,
        isBelieved: Bool,
        at time: Instant
    ) -> Double? {
        let counted = sources[index][counter].counted ?? total
        sources[index][counter] = Counter(
            total: total,
            time: time,
            counted: isBelieved ? total : counted
        )
        guard isBelieved else { return nil }
        for other in sources.indices where other != index {
            let reading = sources[other][counter]
            let isFresh = reading.time.map { time - $0 <= patience } ?? false
            sources[other][counter].counted = isFresh ? reading.total : nil
        }
        return max(0, total - counted)
    }

    /// Counts from the newest readings on: what came before belongs to another sum.
    mutating func settleCounters() {
        for index in sources.indices {
            sources[index].distance.settle()
            sources[index].strides.settle()
        }
    }

    /// Forgets a sensor that now belongs to somebody else.
    mutating func remove(_ sensor: SensorID) {
        guard let index = sources.firstIndex(where: { $0.sensor == sensor }) else { return }
        sources.remove(at: index)
        if let current {
            self.current = current == index ? nil : current > index ? current - 1 : current
        }
    }

    /// A message of a sensor arrived, whatever it said.
    ///
    /// A strap's broadcast has no rate and comes beside its link: while the link delivers it counts nothing.
    mutating func hear(_ index: Int, rate: Double, at time: Instant) {
        if rate == 0, sources[index].rate > 0, let heard = sources[index].lastHeard,
            time - heard <= staleness
        {
            return
        }
        sources[index].rate = rate
        sources[index].received += 1
        sources[index].lastHeard = time
    }

    /// The share of the expected messages of the source in use that arrived in the second that ends at
    /// `time`, and starts the next second. A rate of 4.06 a second means 4 in most seconds, so the whole part
    /// counts. One message in several seconds is not expected in each of them.
    mutating func takeQuality(at time: Instant) -> Float? {
        var share: Float?
        if let current, sources[current].rate > 0 {
            let source = sources[current]
            var received = source.received
            if source.rate < 1, let heard = source.lastHeard, time - heard < source.interval { received = 1 }
            share = Float(min(1, Double(received) / max(1, source.rate.rounded(.down))))
        }
        for index in sources.indices { sources[index].received = 0 }
        return share
    }
}
