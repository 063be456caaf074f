public import Wire

/// Finds out which two sensors, one on each radio, are one strap on one heart.
///
/// Each sensor that tells single beats has a ``BeatTrace``; each pair of an ANT+ and a BLE sensor that have
/// no partner yet has a ``BeatComparison``. A pair becomes one strap when its comparison has proved enough
/// bits, fewer with a ``StrapHint``, and more than any other pair of either sensor has. It comes apart
/// again when its beats no longer agree. A broadcast tells no beats; it has the address of the link and is
/// the same sensor without any of this.
///
/// Beats of the BLE sensor drive the comparisons, as its beats are the later ones. At most ``tracesMaximum``
/// sensors of each radio are looked at; beyond that the place of one that has long been silent is taken.
///
/// - Complexity: a beat of a BLE sensor costs one comparison with each ANT+ sensor without a partner, a beat
///   of any other sensor O(1). Memory grows with new sensors alone, to 1.3 MB for 128 of each radio.
public struct Pairing: Sendable {
    public static let tracesMaximum = 128
    /// A sensor that has told nothing for this long gives its place up.
    static let absence = 60 * Nanoseconds.second
    /// A pair of straps comes apart when so many beats disagree. Chosen: a loss that nobody notices costs up
    /// to 20 until the sequences lie over each other again, and five such losses in a row are rare.
    static let doubtMaximum: Float = 100
    /// Until so many beats found no place, two sensors may well be one strap.
    static let doubtToTell: Float = 12
    /// For so long from its first beat or rate a sensor may be undecided. Chosen: a heart at rest is
    /// recognised by some 20 beats, and two ANT+ sensors that drift through each other silence each other for
    /// up to a minute.
    static let hold = 60 * Nanoseconds.second

    public enum Radio: Int, Hashable, Sendable { case ant, ble }

    /// What is found.
    public enum Finding: Hashable, Sendable {
        /// The two sensors are one strap with so many bits, at least what a full hint asks for.
        case likely(ant: Int, ble: Int, bits: Float)
        /// They were taken for one strap and are not.
        case apart(ant: Int, ble: Int)
    }

    private struct Trace: Sendable {
        var sensor: Int
        let radio: Radio
        /// Among those of its radio.
        let place: Int
        var beats = BeatTrace()
        /// When it was first and last heard to tell of a heart.
        let since: Instant
        var newest: Instant
        /// The trace of the other half of the strap.
        var partner: Int?
    }

    private var traces: [Trace] = []
    /// By radio and place: the trace.
    private var places: [[Int]] = [[], []]
    /// By sensor: the trace, −1 for none.
    private var traceOf: [Int] = []
    /// A row of ``tracesMaximum`` for each BLE place, a column for each ANT+ place.
    private var comparisons: [BeatComparison] = []

    public init() {}

    /// A sensor told of a heart, a rate at least.
    public mutating func hear(_ sensor: Int, over radio: Radio, at time: Instant) {
        guard let trace = trace(of: sensor, over: radio, at: time) else { return }
        traces[trace].newest = time
    }

    /// A sensor ended an interval, 1/1024 s.
    public mutating func take(_ interval: UInt16, from sensor: Int, over radio: Radio, at time: Instant) {
        guard let trace = trace(of: sensor, over: radio, at: time) else { return }
        traces[trace].newest = time
        traces[trace].beats.append(interval, at: time)
    }

    /// A sensor knows that it missed beats.
    public mutating func takeGap(from sensor: Int) {
        guard let trace = knownTrace(of: sensor) else { return }
        traces[trace].beats.markGap()
    }

    /// Whether a sensor has told of a heart.
    public func hears(_ sensor: Int) -> Bool { knownTrace(of: sensor) != nil }

    /// The other half of the strap, if it is known.
    public func partner(of sensor: Int) -> Int? {
        knownTrace(of: sensor).flatMap { traces[$0].partner }.map { traces[$0].sensor }
    }

    /// Whether another sensor could turn out to be the other half of this one's strap: both are heard, this
    /// one is new, and there were too few beats to tell them apart.
    public func isUndecided(_ sensor: Int, at time: Instant) -> Bool {
        guard let own = knownTrace(of: sensor), traces[own].partner == nil,
            time - traces[own].since < Self.hold
        else { return false }
        let other: Radio = traces[own].radio == .ant ? .ble : .ant
        return places[other.rawValue].contains { index in
            traces[index].partner == nil && time - traces[index].newest < Self.absence
                && comparisons[cell(own, index)].doubt < Self.doubtToTell
        }
    }

    /// Compares a BLE sensor's beats with those of every ANT+ sensor that may be the same strap, or with
    /// those of its partner.
    ///
    /// - Parameter sensor: The one whose beats have come.
    /// - Returns: What has been found, if anything has. Two partners that are both likely are none yet.
    public mutating func settle(_ sensor: Int) -> Finding? {
        guard let own = knownTrace(of: sensor), traces[own].radio == .ble else { return nil }
        if let partner = traces[own].partner { return verify(own, partner) }
        var best: (trace: Int, bits: Float)?
        var isContested = false
        for index in places[Radio.ant.rawValue] where traces[index].partner == nil {
            let cell = cell(own, index)
            comparisons[cell].follow(traces[index].beats, traces[own].beats)
            let bits = comparisons[cell].bits
            guard bits >= StrapHint.full.bitsNeeded else { continue }
            isContested = isContested || best != nil
            if bits > best?.bits ?? 0 { best = (index, bits) }
        }
        guard let best, !isContested, comparisons[cell(own, best.trace)].isAligned else { return nil }
        return .likely(ant: traces[best.trace].sensor, ble: sensor, bits: best.bits)
    }

    /// Two sensors without partners, one of each radio, are one strap from now on.
    public mutating func pair(_ ant: Int, _ ble: Int) {
        guard let one = knownTrace(of: ant), let other = knownTrace(of: ble) else { return }
        (traces[one].partner, traces[other].partner) = (other, one)
    }

    private mutating func verify(_ own: Int, _ partner: Int) -> Finding? {
        let cell = cell(own, partner)
        comparisons[cell].follow(traces[partner].beats, traces[own].beats)
        guard comparisons[cell].doubt > Self.doubtMaximum else { return nil }
        separate(own, partner)
        return .apart(ant: traces[partner].sensor, ble: traces[own].sensor)
    }

    private mutating func separate(_ own: Int, _ partner: Int) {
        (traces[own].partner, traces[partner].partner) = (nil, nil)
        comparisons[cell(own, partner)] = BeatComparison()
    }

    // MARK: Traces

    private func knownTrace(of sensor: Int) -> Int? {
        guard sensor < traceOf.count, traceOf[sensor] >= 0 else { return nil }
        return traceOf[sensor]
    }

    /// Where the comparison of two traces stands, one of each radio.
    private func cell(_ one: Int, _ other: Int) -> Int {
        let (ble, ant) = traces[one].radio == .ble ? (one, other) : (other, one)
        return traces[ble].place * Self.tracesMaximum + traces[ant].place
    }

    private mutating func trace(of sensor: Int, over radio: Radio, at time: Instant) -> Int? {
        if let known = knownTrace(of: sensor) { return known }
        let place = places[radio.rawValue].count
        guard place < Self.tracesMaximum else { return replace(by: sensor, over: radio, at: time) }
        if radio == .ble {
            comparisons.append(contentsOf: repeatElement(BeatComparison(), count: Self.tracesMaximum))
        }
        traces.append(Trace(sensor: sensor, radio: radio, place: place, since: time, newest: time))
        places[radio.rawValue].append(traces.count - 1)
        note(traces.count - 1, of: sensor)
        return traces.count - 1
    }

    /// Takes the place of a sensor that has long been silent and has no partner.
    private mutating func replace(by sensor: Int, over radio: Radio, at time: Instant) -> Int? {
        let silent = places[radio.rawValue].first { index in
            traces[index].partner == nil && time - traces[index].newest > Self.absence
        }
        guard let silent else { return nil }
        traceOf[traces[silent].sensor] = -1
        traces[silent] = Trace(
            sensor: sensor,
            radio: radio,
            place: traces[silent].place,
            since: time,
            newest: time
        )
        for index in places[radio == .ant ? Radio.ble.rawValue : Radio.ant.rawValue] {
            comparisons[cell(silent, index)] = BeatComparison()
        }
        note(silent, of: sensor)
        return silent
    }

    private mutating func note(_ trace: Int, of sensor: Int) {
        if sensor >= traceOf.count {
            traceOf.append(contentsOf: repeatElement(-1, count: sensor + 1 - traceOf.count))
        }
        traceOf[sensor] = trace
    }
}
