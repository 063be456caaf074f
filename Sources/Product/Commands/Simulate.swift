import CaptureFile
import Messages
import Simulation
import Wire

/// `touchline simulate`
enum Simulate {
    static let syntax = Arguments.Syntax(
        values: ["athletes", "seed", "minutes", "start", "o"],
        flags: ["help", "no-weather"],
        operands: 0...0,
        usage: """
            usage: touchline simulate -o CAPTURE [--athletes N] [--seed S] [--minutes M] [--start TIME]
                                      [--no-weather]

            Writes a capture of a simulated squad (default: 22 athletes, seed 1, 90 minutes, from
            2026-01-01T00:00:00Z), packed by its name (.zst, .gz). The same options give the same bytes.
            --no-weather leaves out loss, duplicates, delays and straps that fall off. To hear a squad in real
            time, switch on radios.simulator in the configuration of touchlined.
            """
    )

    static func run(_ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, syntax)
        if arguments.has("help") {
            Output.write(syntax.usage + "\n")
            return 0
        }
        guard let path = arguments.value("o") else {
            throw Misuse("-o CAPTURE is needed.", usage: syntax.usage)
        }
        let count = try arguments.number("athletes", in: 1...Squad.athletesMaximum, default: 22)
        let seed = try arguments.number("seed", in: UInt64.min ... .max, default: 1)
        let minutes = try arguments.number("minutes", in: 0...100_000.0, default: 90)
        let startText = arguments.value("start") ?? "2026-01-01T00:00:00Z"
        guard let realtime = Timestamp.parse(startText.utf8) else {
            throw Misuse("start: \(startText) is no time such as 2026-01-01T00:00:00Z.")
        }

        // A day of uptime: any value does, as long as it is the same every time.
        let start = Instant(nanoseconds: 24 * .hour)
        var squad = Squad(
            athletes: count,
            seed: seed,
            start: start,
            weather: arguments.has("no-weather") ? .none : .typical
        )
        var sources = SourceTable()
        for name in Squad.sources { sources.add(SourceTable.Source(name: name)) }
        var random = SplitMix64(seed: seed)
        let header = CaptureHeader(
            gateway: "simulator",
            boot: BootID(high: random.next(), low: random.next()),
            time: start,
            realtime: realtime,
            clock: .synced,
            sources: sources,
            roster: squad.roster.map {
                CapturedAthlete(
                    id: $0.athlete,
                    sensors: $0.sensors.map(\.description),
                    maxHeartRate: $0.heartRateMaximum
                )
            },
            note: "simulated squad"
        )
        var writer = try CaptureWriter(path: path, header: header)
        let end = start + Nanoseconds(minutes * 60e9)
        var frames = 0
        var shown = start
        while let frame = squad.next(before: end) {
            try writer.write(.frame(frame))
            frames += 1
            if Output.showsProgress, frame.time - shown > .minute {
                shown = frame.time
                Output.progress("\((frame.time - start) / .minute) of \(Int(minutes)) minutes")
            }
        }
        try writer.close()
        Output.complain("\(path): \(frames) frames of \(count) athletes in \(minutes) minutes")
        return 0
    }
}
