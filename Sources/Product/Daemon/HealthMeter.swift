import Engine
import JSON
import Systemd
import Wire

/// Builds the report for the `health` topic; remembers what rates are measured against.
struct HealthMeter {
    private var last: (at: Instant, cpu: Int64, frames: UInt64)?
    /// When nothing waited last: what waits now is no older.
    private var lastEmpty: Instant?

    /// The JSON of one report: the contract, section 3, topic `health`.
    mutating func report(
        of engine: Engine,
        store: StoreState,
        waiting: UInt64,
        radios: [RadioReport],
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
        json.object("radios") { json in
            json.array("names") { json in
                for radio in radios { json.string(radio.name) }
            }
            json.array("sources") { json in
                for radio in radios { radio.write(to: &json) }
            }
            json.member("sensors_heard", engine.sensors.lazy.filter(\.isHeard).count)
            json.member("sensors_known", engine.sensors.count)
            if let last, span > 0 {
                json.member("frames_per_second", Double(frames - last.frames) / span, decimals: 1)
            }
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

extension RadioReport {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("name", name)
        json.member("state", state)
        if let reason { json.member("reason", reason) }
        if let serial { json.member("serial", serial) }
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
            ("frames_malformed", malformedFrames), ("frames_refused", refusedFrames), ("rows", rows),
            ("messages", messages), ("drafts_dropped", droppedDrafts), ("commits_failed", failedCommits),
        ]
    }
}
