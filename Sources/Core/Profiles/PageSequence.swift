public import Wire

/// What several pages of one sensor say together: the `seq.*` profiles of the vectors.
///
/// Only differences of the sensors' own counters count. Where a counter needs to know how long the sensor was
/// silent, pages are taken to follow each other in the time that the sensor's clock says.
public enum PageSequence {
    /// Sorted by name.
    public static let names = [
        "seq.ant.bike_cadence", "seq.ant.bike_speed", "seq.ant.hr", "seq.ant.power", "seq.ant.sdm",
        "seq.ble.cps.2a63", "seq.ble.csc.2a5b",
    ]

    /// Describes `payloads`, in time order; `nil` when no sequence profile has this name.
    public static func describe(
        _ name: some StringProtocol,
        _ payloads: [Payload]
    ) throws(DecodeFailure) -> FieldList? {
        switch name {
        case "seq.ant.bike_cadence": try revolutions(payloads, rateName: "cadence_rpm")
        case "seq.ant.bike_speed": try revolutions(payloads, rateName: "wheel_rpm")
        case "seq.ant.hr": try heartRate(payloads)
        case "seq.ant.power": try power(payloads)
        case "seq.ant.sdm": try strides(payloads)
        case "seq.ble.cps.2a63": try RevolutionSequence.power(payloads)
        case "seq.ble.csc.2a5b": try RevolutionSequence.speedCadence(payloads)
        default: nil
        }
    }

    private static func heartRate(_ payloads: [Payload]) throws(DecodeFailure) -> FieldList {
        var counter = BeatCounter()
        var time = Instant(nanoseconds: 0)
        var previous: HeartRateMonitor.Page?
        var (intervals, gaps): ([FieldValue], [FieldValue]) = ([], [])
        var (total, elapsedTotal, duplicates) = (0, 0, 0)

        for (index, payload) in payloads.enumerated() {
            let page = try HeartRateMonitor.Page(payload)
            let passed = page.beatTime &- (previous?.beatTime ?? page.beatTime)
            time = time + max(Nanoseconds(passed < 0x8000 ? passed : 0) * .second / 1024, .second / 4)
            previous = page

            var interval = page.interval
            switch counter.take(count: page.beatCount, eventTime: page.beatTime, at: time) {
            case .started: break
            case .late: continue
            case .repeated:
                duplicates += 1
                continue
            case .beats(let count, let elapsed):
                total += count
                elapsedTotal += Int(elapsed)
                if count == 1 {
                    interval = interval ?? elapsed
                } else {
                    var gap = FieldList()
                    gap.add("before_index", index)
                    gap.add("missed_beats", count - 1)
                    gaps.append(.object(gap))
                }
            }
            if let interval { intervals.append(.integer(Int64(interval))) }
        }
        var fields = FieldList()
        fields.add("rr_raw", .list(intervals))
        fields.add("beats_counted", total)
        fields.add("gaps", .list(gaps))
        fields.add("duplicates", duplicates)
        fields.add("avg_rr_raw", total == 0 ? nil : Double(elapsedTotal) / Double(total))
        return fields
    }

    private static func strides(_ payloads: [Payload]) throws(DecodeFailure) -> FieldList {
        var (distance, strides) = (RolloverCounter(bits: 12), RolloverCounter(bits: 8))
        var previous: ANTPage?
        var (elapsed, duplicates) = (0, 0)

        for payload in payloads {
            guard case .main(let page) = try StrideSpeedDistance.Page(payload) else { continue }
            if page == previous { duplicates += 1 }
            if let previous { elapsed += (ticks(page) - ticks(previous) + 51_200) % 51_200 }
            distance.advance(to: StrideSpeedDistance.Page.distance(of: page))
            strides.advance(to: page[6])
            previous = page
        }
        var fields = FieldList()
        fields.add("elapsed_s", Double(elapsed) / 200)
        fields.add("distance_delta_m", Double(distance.total) / 16)
        fields.add("strides_delta", strides.total)
        fields.add("duplicates", duplicates)
        return fields
    }

    /// The time of a main page, 1/200 s; one turn of the sensor's clock, 256 s, is 51 200 of them.
    private static func ticks(_ page: ANTPage) -> Int { Int(page[2]) * 200 + Int(page[1]) }
}
