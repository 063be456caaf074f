import Engine
import Simulation
import Testing
import Twin
import Wire

/// Loss is told, not hidden.
@Suite struct ReceptionTests {
    static let start = PipelineTests.start
    static let strap = SensorID.ant(number: 1, type: 120)
    /// The channel period of heart rate.
    static let period = Nanoseconds.second * 8070 / 32768

    @Test(
        "Injected loss is estimated within one percentage point for each sensor, collisions included",
        arguments: [0, 0.05, 0.1, 0.2, 0.3]
    )
    func estimate(loss: Double) {
        var weather = Weather.typical
        (weather.loss, weather.contactLosses, weather.absences) = (loss, false, false)
        let end = Self.start + 20 * .minute
        var sent: [SensorID: Int] = [:]
        var ideal = Squad(athletes: 22, seed: 5, start: Self.start, weather: .none)
        ideal.frames(until: end) { sent[$0.sensor, default: 0] += 1 }

        var squad = Squad(athletes: 22, seed: 5, start: Self.start, weather: weather)
        var engine = PipelineTests.engine(commitInterval: .second)
        var commands: [Engine.Command] = []
        var arrivals: [SensorID: Set<UInt64>] = [:]
        squad.frames(until: end) { frame in
            engine.take(frame)
            engine.takeCommands(into: &commands)
            PipelineTests.answer(commands, &engine, at: frame.time)
            arrivals[frame.sensor, default: []].insert(UInt64(frame.time.nanoseconds))
        }
        #expect(squad.tally.collided > 100)
        // Those that are still under way at the end aside.
        #expect(abs(Int(engine.counters.copiedFrames) - squad.tally.duplicated) <= 2)
        for (index, sensor) in engine.sensors.enumerated() {
            guard case .ant = sensor.id.kind else { continue }
            let reception = engine.reception(ofSensor: index)
            let whole = Double(sent[sensor.id] ?? 0)
            let truth = 1 - Double((arrivals[sensor.id]?.count ?? 0) - Int(reception.copies)) / whole
            let estimate = Double(reception.lost) / Double(reception.expected)
            #expect(abs(estimate - truth) < 0.01, "\(sensor.id): \(estimate), truly \(truth)")
        }
    }

    @Test("The gaps of straps that drift through each other are told, and never filled")
    func gaps() {
        var weather = Weather.none
        weather.collisions = true
        var squad = Squad(athletes: 40, seed: 2, start: Self.start, weather: weather)
        var engine = PipelineTests.engine(commitInterval: .second)
        var commands: [Engine.Command] = []
        var last: [SensorID: Instant] = [:]
        var gaps: [SensorID: (count: UInt32, longest: Nanoseconds)] = [:]
        var filled = 0
        squad.frames(until: Self.start + 30 * .minute) { frame in
            engine.take(frame)
            engine.takeCommands(into: &commands)
            for case .live(let athlete, let row) in commands where row[.heartRate] != nil {
                guard let sensor = row.sensor(of: .heartRate), let heard = last[sensor] else { continue }
                if row.time - heard > 5 * .second { filled += 1 }
                #expect(engine.athletes[athlete].twin.sensor(of: .heartRate) != nil)
            }
            PipelineTests.answer(commands, &engine, at: frame.time)
            if let last = last[frame.sensor], case let gap = frame.time - last, gap > 5 * .second,
                gap <= 60 * .second
            {
                gaps[frame.sensor, default: (0, 0)].count += 1
                gaps[frame.sensor]!.longest = max(gaps[frame.sensor]!.longest, gap)
            }
            last[frame.sensor] = frame.time
        }
        #expect(filled == 0)
        #expect(gaps.count > 10)
        for (index, sensor) in engine.sensors.enumerated() {
            guard case .ant = sensor.id.kind else { continue }
            let reception = engine.reception(ofSensor: index)
            #expect(reception.gaps == gaps[sensor.id]?.count ?? 0, "\(sensor.id)")
            #expect(abs(reception.longestGap - (gaps[sensor.id]?.longest ?? 0)) < 10 * .millisecond)
        }
    }

    @Test(
        "A sensor that sends once in 1, 2, 4 or 8 periods is known by its silences, loss or not",
        arguments: [1, 2, 4, 8]
    )
    func multiple(_ multiple: Int64) {
        var bench = Bench()
        var random = SplitMix64(seed: UInt64(multiple))
        var heard: UInt64 = 0
        for index in 0..<1_000 as Range<Int64> where Double.random(in: 0..<1, using: &random) > 0.3 {
            let jitter = Int64.random(in: 0...20 * .millisecond, using: &random)
            // The same bytes each time: a strap without a heart says nothing new.
            bench.take(
                [0, 255, 255, 255, 1, 2, 3, 0],
                from: Self.strap,
                at: Self.start + index * multiple * Self.period + jitter
            )
            heard += 1
        }
        let reception = bench.engine.reception(ofSensor: 0)
        #expect(reception.multiple == multiple)
        #expect(reception.received == heard)
        #expect(abs(Int(reception.expected) - 1_000) <= 10)
        #expect(abs(reception.rate * Double(multiple) - 4.06) < 0.01)
    }

    @Test("A sensor that leaves or comes back after minutes has lost nothing in between")
    func absence() {
        var bench = Bench()
        for index in (0..<240).map(Int64.init) + (2_640..<2_880).map(Int64.init) {
            bench.take(
                [0, 255, 255, 255, 1, 2, 3, 60],
                from: Self.strap,
                at: Self.start + index * Self.period
            )
        }
        bench.go(to: 3_600)
        let reception = bench.engine.reception(ofSensor: 0)
        #expect(reception.received == 480)
        #expect(reception.expected == 480)
        #expect(reception.absences == 1)
        #expect(reception.gaps == 0)
    }

    @Test("A silence of half a minute is a gap, and all of it is lost")
    func gap() {
        var bench = Bench()
        for index in (0..<100).map(Int64.init) + (200..<300).map(Int64.init) {
            bench.take(
                [0, 255, 255, 255, 1, 2, 3, 60],
                from: Self.strap,
                at: Self.start + index * Self.period
            )
        }
        let reception = bench.engine.reception(ofSensor: 0)
        #expect(reception.expected == 300)
        #expect(reception.lost == 100)
        #expect(reception.gaps == 1)
        #expect(reception.longestGap == 101 * Self.period)
    }

    @Test("A sensor that changes its rate keeps the account of what was")
    func changedRate() {
        var bench = Bench()
        for index in (0..<400).map(Int64.init) + stride(from: 400, to: 2_000, by: 4) {
            bench.take(
                [0, 255, 255, 255, 1, 2, 3, 60],
                from: Self.strap,
                at: Self.start + index * Self.period
            )
        }
        let reception = bench.engine.reception(ofSensor: 0)
        #expect(reception.multiple == 4)
        #expect(reception.received == 800)
        #expect(abs(Int(reception.expected) - 800) < 100)
    }

    @Test("The row's quality counts what a slow sensor promises, and no copy")
    func quality() {
        var bench = Bench { $0.autoAthletes = true }
        for index in 0..<60 as Range<Int64> {
            let time = Self.start + index * 2 * Self.period
            let beat = UInt8(index)  // One every 0.5 s.
            for _ in 0..<2 {
                bench.take([0, 255, 255, 255, 0, beat &* 2, beat, 120], from: Self.strap, at: time)
            }
        }
        bench.go(to: 29)
        let rows = bench.commands.compactMap { if case .live(_, let row) = $0 { row } else { nil } }
        #expect(rows.last?.quality(of: .heartRate) == 1)
        #expect(bench.engine.reception(ofSensor: 0).copies == 60)
        #expect(bench.engine.counters.copiedFrames == 60)
    }
}
