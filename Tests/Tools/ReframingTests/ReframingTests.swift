import ActivityFile
import CaptureFile
import Foundation
import Reframing
import TestSupport
import Testing
import Wire

@Suite struct ReframingTests {
    static let run = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Adapters/ActivityFileTests/Activities/garmin-fenix-5-run.fit")
        .standardizedFileURL.path

    @Test("A reframed run says what it is and keeps every interval")
    func capture() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("run.zst")
        let reframing = Reframing(try ActivityFile(path: Self.run), name: "run.fit", radio: .both)
        var writer = try CaptureWriter(path: path, header: reframing.header)
        try reframing.forEachFrame { try writer.write(.frame($0)) }
        try writer.close()

        var reader = try CaptureReader(path: path, isStrict: true)
        #expect(reader.header.note == "synthetic framing around real intervals of run.fit")
        #expect(reader.header.realtime != nil)
        var beats: UInt64 = 0
        var counter = RolloverCounter(bits: 8)
        var lastBeat = RolloverCounter(bits: 16)
        lastBeat.advance(to: 0 as UInt16)
        counter.advance(to: 0 as UInt8)
        var intervals: [UInt16] = []
        var last = Instant(nanoseconds: 0)
        while let (_, event) = try reader.next() {
            guard case .frame(let frame) = event else {
                Issue.record("no frame")
                continue
            }
            #expect(frame.time >= last)
            last = frame.time
            if let page = ANTPage(frame.payload), frame.channel == .antPage {
                counter.advance(to: page[6])
                lastBeat.advance(to: page.uint16(at: 4))
                beats = counter.total
            } else {
                let bytes = frame.payload.bytes
                for index in stride(from: 2, to: bytes.count, by: 2) {
                    intervals.append(UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)
                }
            }
        }
        #expect(beats == 113)
        #expect(lastBeat.total == 76_805)  // 75.005 s
        #expect(intervals.count == 113)
        #expect(intervals.reduce(0) { $0 + Int($1) } == 76_805)
    }

    @Test("One radio alone has one source", arguments: [(ReframedRadio.ant, "ant0"), (.ble, "hci0")])
    func radios(radio: ReframedRadio, source: String) throws {
        let reframing = Reframing(try ActivityFile(path: Self.run), name: "run.fit", radio: radio)
        #expect(reframing.header.sources.sources.map(\.name) == [source])
        var count = 0
        reframing.forEachFrame { frame in
            count += 1
            #expect(frame.source == SourceIndex(0))
        }
        #expect(count > 75)
    }
}
