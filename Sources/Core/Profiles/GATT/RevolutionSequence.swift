import Wire

/// What several values of a cycling sensor say together.
///
/// Each span is from the first value that tells of the wheel or the crank to the last one that does, in the
/// clock of the sensor. Between two of them it may wrap once.
struct RevolutionSequence {
    private var wheel = Track(bits: 32)
    private var crank = Track(bits: 16)

    private struct Track {
        var turns: RolloverCounter
        var ticks = RolloverCounter(bits: 16)
        var isSeen = false

        init(bits: Int) { turns = RolloverCounter(bits: bits) }

        mutating func take(_ data: RevolutionData?) {
            guard let data else { return }
            turns.advance(to: data.revolutions)
            ticks.advance(to: data.eventTime)
            isSeen = true
        }
    }

    private mutating func take(wheel wheelData: RevolutionData?, crank crankData: RevolutionData?) {
        wheel.take(wheelData)
        crank.take(crankData)
    }

    /// Lists turns and times; `wheelTime` names the time of a wheel whose clock is not that of the crank.
    private func describe(wheelTime: String?) -> FieldList {
        var fields = FieldList()
        if wheel.isSeen {
            fields.add("wheel_revs", wheel.turns.total)
            if let wheelTime { fields.add(wheelTime, wheel.ticks.total) }
        }
        if crank.isSeen {
            fields.add("crank_revs", crank.turns.total)
            fields.add("elapsed_1024", crank.ticks.total)
            let minutes = Double(crank.ticks.total) / 1024 / 60
            fields.add("cadence_rpm", minutes > 0 ? Double(crank.turns.total) / minutes : nil)
        } else if wheel.isSeen, wheelTime == nil {
            fields.add("elapsed_1024", wheel.ticks.total)
        }
        return fields
    }

    /// Describes values of 2A5B.
    static func speedCadence(_ payloads: [Payload]) throws(DecodeFailure) -> FieldList {
        var sequence = RevolutionSequence()
        for payload in payloads {
            let page = try CyclingSpeedCadence.Page(payload)
            sequence.take(wheel: page.wheel, crank: page.crank)
        }
        return sequence.describe(wheelTime: nil)
    }

    /// Describes values of 2A63.
    static func power(_ payloads: [Payload]) throws(DecodeFailure) -> FieldList {
        var sequence = RevolutionSequence()
        for payload in payloads {
            let page = try CyclingPowerMeasurement.Page(payload)
            sequence.take(wheel: page.wheel, crank: page.crank)
        }
        return sequence.describe(wheelTime: "elapsed_2048")
    }
}
