public import Wire

/// What was received of all sensors, and what each radio has heard of it.
public struct ReceptionReport: Hashable, Sendable {
    /// One sensor.
    public struct Entry: Hashable, Sendable {
        public let sensor: SensorID
        public let reception: Reception
    }

    /// One radio: what it heard, against what the sensors sent of which it heard anything at all. Two radios
    /// that share the sensors by kind are so measured by their own.
    public struct Radio: Hashable, Sendable {
        public let source: SourceIndex
        public internal(set) var received: UInt64 = 0
        public internal(set) var expected: UInt64 = 0
    }

    /// Sensors that are heard now and have a known rate, those that lose most first.
    public internal(set) var sensors: [Entry] = []
    /// Radios that heard anything, by index; those beyond ``Reception/radiosMaximum`` are not told apart.
    public internal(set) var radios: [Radio] = []
    /// Over all sensors that were ever heard and have a known rate.
    public internal(set) var received: UInt64 = 0
    public internal(set) var expected: UInt64 = 0
}

extension Engine {
    /// What was received of a sensor, over all its channels, since it was heard first.
    ///
    /// - Precondition: `sensors` has this index.
    public func reception(ofSensor index: Int) -> Reception {
        var stream = streams[firstStreams[index]]
        var sum = stream.reception
        while stream.next >= 0 {
            stream = streams[stream.next]
            sum = sum + stream.reception
        }
        return sum
    }

    /// What was received of everything; `count` is the most sensors that are told one by one.
    public func receptionReport(atMost count: Int) -> ReceptionReport {
        var report = ReceptionReport()
        var radios = (0..<UInt8(Reception.radiosMaximum)).map {
            ReceptionReport.Radio(source: SourceIndex($0))
        }
        for index in sensors.indices {
            let reception = reception(ofSensor: index)
            guard reception.expected > 0 else { continue }
            report.received += reception.received
            report.expected += reception.expected
            for radio in radios.indices {
                let heard = reception.received(by: radios[radio].source)
                guard heard > 0 else { continue }
                radios[radio].received += heard
                radios[radio].expected += reception.expected
            }
            guard sensors[index].isHeard else { continue }
            report.sensors.append(ReceptionReport.Entry(sensor: sensors[index].id, reception: reception))
        }
        report.radios = radios.filter { $0.received > 0 }
        report.sensors.sort {
            ($1.reception.lossShare, $0.sensor) < ($0.reception.lossShare, $1.sensor)
        }
        report.sensors.removeLast(max(0, report.sensors.count - count))
        return report
    }
}
