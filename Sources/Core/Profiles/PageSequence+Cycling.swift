import Wire

extension PageSequence {
    /// Revolutions and the time between their first and their last event.
    static func revolutions(_ payloads: [Payload], rateName: String) throws(DecodeFailure) -> FieldList {
        var revolutions = RolloverCounter(bits: 16)
        var time = RolloverCounter(bits: 16)
        for payload in payloads {
            let page = try RevolutionPage(payload)
            if page.isFromHost { continue }
            revolutions.advance(to: page.revolutions)
            time.advance(to: page.eventTime)
        }
        let (turns, elapsed) = (Int(revolutions.total), Int(time.total))
        var fields = FieldList()
        fields.add("revs", turns)
        fields.add("elapsed_raw", elapsed)
        fields.add(rateName, elapsed == 0 ? nil : RevolutionCounter.rate(turns, in: elapsed))
        return fields
    }

    /// Averages over all pages of the kind that the first main page has.
    static func power(_ payloads: [Payload]) throws(DecodeFailure) -> FieldList {
        var pages: [BikePower.Page] = []
        for payload in payloads { pages.append(try BikePower.Page(payload)) }
        var sums = PowerSums()
        for page in pages { sums.take(page) }
        return sums.fields
    }
}

/// What the accumulators of bike power pages grew by.
private struct PowerSums {
    private var kind: UInt8?
    private var updates = RolloverCounter(bits: 8)
    /// Bytes 4-5 and 6-7, in the byte order of the page.
    private var middle = RolloverCounter(bits: 16)
    private var last = RolloverCounter(bits: 16)
    private var slope: UInt16 = 0
    private var offset: UInt16?

    mutating func take(_ page: BikePower.Page) {
        switch page {
        case .power(let bytes), .wheelTorque(let bytes), .crankTorque(let bytes):
            advance(bytes, middle: bytes.uint16(at: 4), last: bytes.uint16(at: 6))
        case .torqueFrequency(let bytes):
            slope = bytes.uint16(at: 2).byteSwapped
            advance(
                bytes,
                middle: bytes.uint16(at: 4).byteSwapped,
                last: bytes.uint16(at: 6).byteSwapped
            )
        case .calibration(let bytes): offset = BikePower.Page.zeroOffset(of: bytes) ?? offset
        case .parameters, .measurement, .effectiveness, .common: break
        }
    }

    private mutating func advance(_ bytes: ANTPage, middle newMiddle: UInt16, last newLast: UInt16) {
        if let kind, kind != bytes[0] { return }
        kind = bytes[0]
        updates.advance(to: bytes[1])
        middle.advance(to: newMiddle)
        last.advance(to: newLast)
    }

    var fields: FieldList {
        let (count, middle, last) = (Int(updates.total), Int(middle.total), Int(last.total))
        var fields = FieldList()
        fields.add("events", count)
        switch kind {
        case 17, 18:
            let isTurning = count > 0 && middle > 0
            fields.add("period_s", Double(middle) / 2048)
            fields.add("avg_torque_nm", count == 0 ? nil : Double(last) / 32 / Double(count))
            let rate = isTurning ? TorqueCounter.rate(updates: count, period: middle) : nil
            fields.add(kind == 18 ? "avg_cadence_rpm" : "avg_wheel_rpm", rate)
            let power = isTurning ? TorqueCounter.power(torque: last, period: middle) : nil
            fields.add("avg_power_w", power)
        case 32:
            let isTurning = count > 0 && middle > 0
            let rate = isTurning ? TorqueFrequencyCounter.rate(updates: count, time: middle) : nil
            let torque = offset.flatMap { offset in
                isTurning
                    ? TorqueFrequencyCounter.torque(ticks: last, time: middle, slope: slope, offset: offset)
                    : nil
            }
            fields.add("period_s", Double(middle) / 2000)
            fields.add("avg_cadence_rpm", rate)
            fields.add("avg_torque_nm", torque)
            fields.add("avg_power_w", torque.flatMap { torque in rate.map { 2 * .pi * torque * $0 / 60 } })
        default: fields.add("avg_power_w", count == 0 ? nil : Double(middle) / Double(count))
        }
        return fields
    }
}
