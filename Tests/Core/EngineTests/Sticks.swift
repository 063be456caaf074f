import Engine
import Simulation
import Wire

/// Several ANT sticks that hear the same squad, each with luck, clock and delays of its own.
///
/// A stick delivers in the order in which it heard. Bluetooth frames pass unchanged.
struct Sticks {
    struct Habits {
        /// The share of messages that a stick hears.
        var hears = 0.7
        /// From reception to delivery, at most.
        var jitter = 0 * Nanoseconds.millisecond
        /// Whether a stick stands still now and then, 0.2 to 1 s every 5 to 30 s, and then delivers at once.
        var stalls = false
        var stamps = true
    }

    let habits: Habits
    private(set) var frames: [Frame] = []
    /// What was received over the air, in order, once for each message that anybody heard.
    private(set) var union: [Frame] = []
    /// Messages on the air, and those that each stick heard, by sensor.
    private(set) var sent: [SensorID: Int] = [:]
    private(set) var heard: [[SensorID: Int]]
    private(set) var inUnion: [SensorID: Int] = [:]

    private var random: SplitMix64
    private var sticks: [Stick]

    private struct Stick {
        /// Of its clock at instant 0, 1/32768 s, and how much faster it runs.
        var offset: UInt16
        var skew: Double
        var delivered = Instant(nanoseconds: 0)
        var stallStart: Instant
        var stallEnd: Instant
    }

    init(_ count: Int, seed: UInt64, habits: Habits) {
        self.habits = habits
        random = SplitMix64(seed: seed)
        heard = Array(repeating: [:], count: count)
        sticks = []
        for _ in 0..<count {
            sticks.append(
                Stick(
                    offset: UInt16.random(in: 0...UInt16.max, using: &random),
                    skew: Double.random(in: -40e-6...40e-6, using: &random),
                    stallStart: Instant(nanoseconds: 0),
                    stallEnd: Instant(nanoseconds: 0)
                )
            )
        }
    }

    /// Lets a message be on the air.
    mutating func broadcast(_ frame: Frame) {
        guard case .ant = frame.sensor.kind else {
            frames.append(frame)
            union.append(frame)
            return
        }
        sent[frame.sensor, default: 0] += 1
        var isHeard = false
        for index in sticks.indices where Double.random(in: 0..<1, using: &random) < habits.hears {
            heard[index][frame.sensor, default: 0] += 1
            isHeard = true
            var copy = frame
            copy.source = SourceIndex(UInt8(index == 0 ? 0 : index + 1))  // 1 is the Bluetooth adapter.
            copy.receiveStamp = habits.stamps ? stamp(frame.time, of: sticks[index]) : nil
            copy.time = deliver(frame.time, by: index)
            frames.append(copy)
        }
        guard isHeard else { return }
        inUnion[frame.sensor, default: 0] += 1
        union.append(frame)
    }

    /// Everything in the order of delivery.
    var delivered: [Frame] {
        frames.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
    }

    private mutating func deliver(_ time: Instant, by index: Int) -> Instant {
        var arrival = time + Int64.random(in: 0...max(1, habits.jitter), using: &random)
        if habits.stalls {
            while time >= sticks[index].stallEnd {
                let pause = Double.random(in: 5...30, using: &random)
                let length = Double.random(in: 0.2...1, using: &random)
                sticks[index].stallStart = max(time, sticks[index].stallEnd) + Nanoseconds(pause * 1e9)
                sticks[index].stallEnd = sticks[index].stallStart + Nanoseconds(length * 1e9)
            }
            if arrival >= sticks[index].stallStart { arrival = max(arrival, sticks[index].stallEnd) }
        }
        arrival = max(arrival, sticks[index].delivered + 1)
        sticks[index].delivered = arrival
        return arrival
    }

    private func stamp(_ time: Instant, of stick: Stick) -> UInt16 {
        let ticks = Double(time.nanoseconds) * (1 + stick.skew) * 32768 / 1e9
        return UInt16(truncatingIfNeeded: UInt64(ticks)) &+ stick.offset
    }
}
