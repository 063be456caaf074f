import CaptureFile
import Engine
import JSON
import Systemd
import Wire

/// Builds the report for the `health` topic; remembers what rates are measured against.
struct HealthMeter {
    private var last: (at: Instant, cpu: Int64, frames: UInt64)?
    /// When nothing waited last: what waits now is no older.
    private var lastEmpty: Instant?

    /// Sensors whose reception is told one by one, those that lose most first. Chosen: two squads with strap
    /// and pod; some 15 kB.
    private static let sensorsMaximum = 100

    /// The JSON of one report: the contract, section 3, topic `health`.
    mutating func report(
        of engine: Engine,
        store: StoreState,
        waiting: UInt64,
        radios: [RadioReport],
        sources: SourceTable,
        skippedLive: UInt64,
        gateway: String,
        at now: Instant
    ) -> [UInt8] {
        let cpu = Machine.processTime
        let frames = engine.counters.frames
        let span = last.map { Double(now - $0.at) / 1e9 } ?? 0
        defer { last = (now, cpu, frames) }
        // A message or two are always on their way; they are no backlog.
        if waiting <= 2 || lastEmpty == nil { lastEmpty = now }

        var json = JSONWriter()
        json.beginObject()
        json.member("schema", "touchline.health/1")
        json.member("gateway", gateway)
        let reception = engine.receptionReport(atMost: Self.sensorsMaximum)
        json.object("radios") { json in
            json.array("names") { json in
                for radio in radios { json.string(radio.name) }
            }
            json.array("sources") { json in
                for radio in radios {
                    let index = sources.index(of: radio.name)
                    let heard = reception.radios.first { $0.source == index }
                    radio.write(heard.map { ($0.expected, $0.received) }, to: &json)
                }
            }
            json.member("expected", reception.expected)
            json.member("received", reception.received)
            json.member("sensors_heard", engine.sensors.lazy.filter(\.isHeard).count)
            json.member("sensors_known", engine.sensors.count)
            if let last, span > 0 {
                json.member("frames_per_second", Double(frames - last.frames) / span, decimals: 1)
            }
        }
        json.array("reception") { json in
            for entry in reception.sensors { json.write(entry, radios: sources.sources.map(\.name)) }
        }
        json.member("athletes", engine.athletes.count)
        json.object("store") { json in
            json.member("waiting", waiting)
            json.member("age_s", Double(now - (lastEmpty ?? now)) / 1e9, decimals: 0)
            json.member("bytes", store.bytes)
            json.member("works", store.failure == nil)
            json.member("withdrawn", store.withdrawn)
        }
        json.object("clock") { json in
            json.member("anchored", engine.clock.anchor != nil)
            if let anchor = engine.clock.anchor { json.member("source", anchor.source.name) }
        }
        json.object("process") { json in
            if let last, span > 0 {
                json.member("cpu_percent", Double(cpu - last.cpu) / 1e7 / span, decimals: 1)
            }
            json.member("resident_bytes", Machine.residentBytes)
            json.member("written_bytes", Machine.writtenBytes)
        }
        json.object("counters") { json in
            for (name, value) in engine.counters.named { json.member(name, value) }
            json.member("skipped_live", skippedLive)
        }
        json.endObject()
        return json.bytes
    }
}

extension JSONWriter {
    /// What was received of one sensor.
    fileprivate mutating func write(_ entry: ReceptionReport.Entry, radios: [String]) {
        let reception = entry.reception
        beginObject()
        member("sensor", entry.sensor.description)
        member("expected", reception.expected)
        member("received", reception.received)
        if reception.multiple > 1 { member("multiple", reception.multiple) }
        member("gaps", reception.gaps)
        if reception.gaps > 0 { member("longest_gap_s", Double(reception.longestGap) / 1e9, decimals: 1) }
        member("absences", reception.absences)
        object("sources") { json in
            for (index, radio) in radios.prefix(Reception.radiosMaximum).enumerated() {
                let heard = reception.received(by: SourceIndex(UInt8(index)))
                if heard > 0 { json.member(radio, heard) }
            }
        }
        endObject()
    }
}

extension RadioReport {
    /// `heard`: what sensors that it hears sent, and what of that it received.
    fileprivate func write(_ heard: (expected: UInt64, received: UInt64)?, to json: inout JSONWriter) {
        json.beginObject()
        json.member("name", name)
        json.member("state", state)
        if let reason { json.member("reason", reason) }
        if let serial { json.member("serial", serial) }
        if let heard {
            json.member("expected", heard.expected)
            json.member("received", heard.received)
        }
        for (name, value) in counters { json.member(name, value) }
        if !recoveries.isEmpty {
            json.object("recoveries") { json in
                for (name, value) in recoveries { json.member(name, value) }
            }
        }
        json.endObject()
    }
}

extension Engine.Counters {
    /// Every counter under its stable name.
    var named: [(name: String, value: UInt64)] {
        [
            ("frames", frames), ("frames_unknown", unknownFrames), ("pages_unknown", unknownPages),
            ("frames_malformed", malformedFrames), ("frames_copied", copiedFrames),
            ("frames_late", lateFrames), ("frames_refused", refusedFrames), ("rows", rows),
            ("messages", messages), ("drafts_dropped", droppedDrafts), ("commits_failed", failedCommits),
        ]
    }
}
